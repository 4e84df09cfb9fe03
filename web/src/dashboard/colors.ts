// Grafana's colour names and modes. Classic palette: ours, since the picture is Forest Green: greens and yellows that can be told apart.

const named: Record<string, string> = {
  green: '#27AE60', 'dark-green': '#1a7a43', 'semi-dark-green': '#229653', 'light-green': '#62d993', 'super-light-green': '#b0ecc9',
  yellow: '#F2C94C', 'dark-yellow': '#c99a17', 'semi-dark-yellow': '#ddb12f', 'light-yellow': '#f7dc85', 'super-light-yellow': '#fbedc0',
  red: '#EB5757', 'dark-red': '#b93434', 'semi-dark-red': '#d34545', 'light-red': '#f28b8b', 'super-light-red': '#f9c4c4',
  orange: '#F2994A', 'dark-orange': '#c26d20', 'semi-dark-orange': '#da8335', 'light-orange': '#f6b982', 'super-light-orange': '#fbdcc0',
  blue: '#56A3F0', 'dark-blue': '#2b6cb0', 'semi-dark-blue': '#4087d0', 'light-blue': '#8cc2f7', 'super-light-blue': '#c5e0fb',
  purple: '#B58BEF', 'dark-purple': '#7b4fc0', 'semi-dark-purple': '#986dd8', 'light-purple': '#cfb3f5', 'super-light-purple': '#e6d9fa',
  white: '#ffffff', black: '#000000', gray: '#8fa998', text: 'var(--text)', transparent: 'transparent',
};
/** On white the plain names would be too pale to read. */
const onLight: Record<string, string> = { green: '#0f7a3d', yellow: '#8a6400', red: '#c0342b', orange: '#a8541a', blue: '#1f5fae', purple: '#7d4fc4', gray: '#4f6657' };
const darkPalette = ['#27AE60', '#F2C94C', '#7FE0B0', '#F2994A', '#56CCF2', '#C3E88D', '#BB86FC', '#EB7A6B', '#2DD4BF', '#E0B4F5', '#A3B18A', '#FFD9A0'];
const lightPalette = ['#168a48', '#c08a00', '#2fae85', '#cf6a17', '#2484b8', '#6f9a1f', '#7d4fc4', '#c9463a', '#0f8f85', '#a1559e', '#66754f', '#a8742a'];
export type Scheme = 'dark' | 'light';

export const colorOf = (name: string, scheme: Scheme = 'dark') => (scheme === 'light' ? onLight[name] : undefined) ?? named[name] ?? (/^(#[0-9a-f]{3,8}|rgba?\([\d\s.,%/]+\)|hsla?\([\d\s.,%/deg]+\))$/i.test(name) ? name : named.gray!);
export function paletteColor(index: number, scheme: Scheme): string {
  const palette = scheme === 'dark' ? darkPalette : lightPalette;
  return palette[index % palette.length]!;
}

/** A name keeps its colour whatever else is drawn. */
export function hashIndex(text: string): number {
  let hash = 2166136261;
  for (let i = 0; i < text.length; ++i) hash = Math.imul(hash ^ text.charCodeAt(i), 16777619);
  return (hash >>> 0) % 12;
}

const hex = (color: string): [number, number, number] | undefined => {
  const found = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})/i.exec(color);
  return found ? [parseInt(found[1]!, 16), parseInt(found[2]!, 16), parseInt(found[3]!, 16)] : undefined;
};
export function withAlpha(color: string, alpha: number): string {
  const rgb = hex(color);
  return rgb ? `rgba(${rgb.join(',')},${alpha})` : `color-mix(in srgb, ${color} ${Math.round(alpha * 100)}%, transparent)`;
}
export function mix(a: string, b: string, part: number): string {
  const [x, y] = [hex(a), hex(b)];
  if (!x || !y) return part < 0.5 ? a : b;
  return `#${x.map((v, i) => Math.round(v + (y[i]! - v) * part).toString(16).padStart(2, '0')).join('')}`;
}

export const continuous: Record<string, string[]> = {
  'continuous-GrYlRd': ['#27AE60', '#F2C94C', '#EB5757'], 'continuous-RdYlGr': ['#EB5757', '#F2C94C', '#27AE60'], 'continuous-BlYlRd': ['#56A3F0', '#F2C94C', '#EB5757'],
  'continuous-YlRd': ['#F2C94C', '#EB5757'], 'continuous-BlPu': ['#56A3F0', '#B58BEF'], 'continuous-YlBl': ['#F2C94C', '#56A3F0'],
  'continuous-blues': ['#16324f', '#8cc2f7'], 'continuous-reds': ['#4a1515', '#f28b8b'], 'continuous-greens': ['#103a22', '#62d993'], 'continuous-purples': ['#2c1a4a', '#cfb3f5'],
};
export function alongScale(colors: string[], part: number): string {
  const place = Math.min(1, Math.max(0, part)) * (colors.length - 1);
  const index = Math.min(colors.length - 2, Math.floor(place));
  return mix(colors[index]!, colors[index + 1]!, place - index);
}
