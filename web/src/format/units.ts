// Values as text, by Grafana's unit ids (@grafana/data, valueFormats). An unknown id is shown behind the number, never dropped.

export interface Formatted {
  text: string;
  suffix: string;
  prefix: string;
}

const iec = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];
const si = ['', 'k', 'M', 'G', 'T', 'P', 'E'];
const siSmall = ['', 'm', 'µ', 'n', 'p'];

/** At most three significant digits or so, without zeros that say nothing. */
export function digits(value: number, decimals?: number | null): string {
  if (decimals !== undefined && decimals !== null) return value.toFixed(Math.min(Math.max(decimals, 0), 12));
  const size = Math.abs(value);
  if (size === 0) return '0';
  if (size >= 1e15) return value.toExponential(2);
  const places = size >= 100 ? (Number.isInteger(value) || size >= 1000 ? 0 : 1) : size >= 10 ? 1 : size >= 1 ? 2 : Math.min(10, 2 - Math.floor(Math.log10(size)));
  return trimZeros(value.toFixed(places));
}
const trimZeros = (text: string) => (text.includes('.') ? text.replace(/\.?0+$/, '') : text);

function scaled(value: number, base: number, names: string[], unit: string, decimals?: number | null, start = 0): Formatted {
  let index = start;
  let size = value;
  while (Math.abs(size) >= base && index < names.length - 1) {
    size /= base;
    ++index;
  }
  return { prefix: '', text: digits(size, decimals), suffix: `${names[index]}${unit}` };
}

function siScaled(value: number, unit: string, decimals?: number | null): Formatted {
  if (value !== 0 && Math.abs(value) < 1) {
    let index = 0;
    let size = value;
    while (Math.abs(size) < 1 && index < siSmall.length - 1) {
      size *= 1000;
      ++index;
    }
    return { prefix: '', text: digits(size, decimals), suffix: `${siSmall[index]}${unit}` };
  }
  return scaled(value, 1000, si, unit, decimals);
}

const timeSteps: [string, number][] = [
  ['ns', 1e-9], ['µs', 1e-6], ['ms', 1e-3], ['s', 1], ['min', 60], ['h', 3600], ['d', 86400], ['week', 604800], ['year', 31536000],
];
function seconds(value: number, decimals?: number | null): Formatted {
  if (value === 0) return { prefix: '', text: '0', suffix: 's' };
  let best = timeSteps[0]!;
  for (const step of timeSteps) if (Math.abs(value) >= step[1]) best = step;
  return { prefix: '', text: digits(value / best[1], decimals), suffix: best[0] };
}

/** "1 d 3 h", "2 h 5 min", "42 s". */
export function age(value: number): string {
  const s = Math.max(0, Math.floor(value));
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min`;
  if (s < 86400) return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
  return `${Math.floor(s / 86400)} d ${Math.floor((s % 86400) / 3600)} h`;
}

const plain = (suffix: string) => (value: number, decimals?: number | null): Formatted => ({ prefix: '', text: digits(value, decimals), suffix });
type Formatter = (value: number, decimals?: number | null) => Formatted;
const binary = (unit: string, start = 0): Formatter => (v, d) => scaled(v, 1024, iec, unit, d, start);
const decimal = (unit: string, start = 0): Formatter => (v, d) => scaled(v, 1000, si, unit, d, start);
const rate = (unit: string): Formatter => (v, d) => {
  const out = scaled(v, 1000, si, '', d);
  return { ...out, suffix: out.suffix ? `${out.suffix} ${unit}` : unit };
};
const currency = (symbol: string): Formatter => (v, d) => ({ ...scaled(v, 1000, ['', 'K', 'M', 'B', 'T'], '', d), prefix: symbol });

const formatters: Record<string, Formatter> = {
  none: (v, d) => ({ prefix: '', text: digits(v, d), suffix: '' }),
  short: (v, d) => scaled(v, 1000, ['', ' K', ' Mil', ' Bil', ' Tri', ' Quadr'], '', d),
  sishort: (v, d) => siScaled(v, '', d),
  percent: plain('%'),
  percentunit: (v, d) => ({ prefix: '', text: digits(v * 100, d), suffix: '%' }),
  bytes: binary('B'), kbytes: binary('B', 1), mbytes: binary('B', 2), gbytes: binary('B', 3), tbytes: binary('B', 4),
  decbytes: decimal('B'), deckbytes: decimal('B', 1), decmbytes: decimal('B', 2), decgbytes: decimal('B', 3),
  bits: binary('b'), decbits: decimal('b'),
  binBps: binary('B/s'), Bps: decimal('B/s'), binbps: binary('b/s'), bps: decimal('b/s'),
  KiBs: binary('B/s', 1), MiBs: binary('B/s', 2), KBs: decimal('B/s', 1), MBs: decimal('B/s', 2), pps: decimal('p/s'),
  s: seconds, ms: (v, d) => seconds(v / 1e3, d), µs: (v, d) => seconds(v / 1e6, d), ns: (v, d) => seconds(v / 1e9, d),
  m: (v, d) => seconds(v * 60, d), h: (v, d) => seconds(v * 3600, d), d: (v, d) => seconds(v * 86400, d),
  dtdurations: (v) => ({ prefix: '', text: age(v), suffix: '' }), clocks: (v) => ({ prefix: '', text: age(v), suffix: '' }),
  reqps: rate('req/s'), rps: rate('rd/s'), wps: rate('wr/s'), ops: rate('ops/s'), iops: rate('io/s'), cps: rate('c/s'), eps: rate('evt/s'), mps: rate('msg/s'),
  opm: rate('ops/min'), rpm: rate('rd/min'), reqpm: rate('req/min'),
  celsius: plain('°C'), fahrenheit: plain('°F'), kelvin: plain('K'),
  watt: (v, d) => siScaled(v, 'W', d), kwatt: (v, d) => siScaled(v * 1000, 'W', d), joule: (v, d) => siScaled(v, 'J', d), watth: (v, d) => siScaled(v, 'Wh', d),
  volt: (v, d) => siScaled(v, 'V', d), amp: (v, d) => siScaled(v, 'A', d),
  hertz: (v, d) => siScaled(v, 'Hz', d), rotrpm: plain('rpm'), rotMHz: plain('MHz'),
  currencyUSD: currency('$'), currencyEUR: currency('€'), currencyGBP: currency('£'),
  bool: (v) => ({ prefix: '', text: v ? 'True' : 'False', suffix: '' }), bool_yes_no: (v) => ({ prefix: '', text: v ? 'Yes' : 'No', suffix: '' }),
  bool_on_off: (v) => ({ prefix: '', text: v ? 'On' : 'Off', suffix: '' }),
  locale: (v) => ({ prefix: '', text: v.toLocaleString(), suffix: '' }),
  hex: (v) => ({ prefix: '', text: Math.round(v).toString(16), suffix: '' }), sci: (v, d) => ({ prefix: '', text: v.toExponential(d ?? 2), suffix: '' }),
  dateTimeAsIso: (v) => ({ prefix: '', text: stamp(v), suffix: '' }), dateTimeAsLocal: (v) => ({ prefix: '', text: stamp(v), suffix: '' }),
  dateTimeFromNow: (v) => ({ prefix: '', text: `${age((Date.now() - v) / 1000)} ago`, suffix: '' }),
  string: (v) => ({ prefix: '', text: String(v), suffix: '' }), humidity: plain('%H'), dB: plain('dB'), ppm: plain('ppm'), lengthm: (v, d) => siScaled(v, 'm', d),
};
const aliases: Record<string, string> = { '': 'none', dtdurationms: 'ms', 'µs': 'µs', us: 'µs' };

function stamp(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? String(ms) : date.toLocaleString('sv-SE');
}

export const isKnownUnit = (unit: string) => unit in formatters || unit in aliases || /^(suffix|prefix|si|time|currency|count):/.test(unit);

export function formatValue(value: number | null | undefined, unit = 'none', decimals?: number | null): Formatted {
  if (value === null || value === undefined || Number.isNaN(value)) return { prefix: '', text: value === undefined || value === null ? '-' : 'NaN', suffix: '' };
  if (!Number.isFinite(value)) return { prefix: '', text: value > 0 ? '+Inf' : '-Inf', suffix: '' };
  const known = formatters[aliases[unit] ?? unit];
  if (known) return known(value, decimals);
  const [kind, rest] = [unit.slice(0, unit.indexOf(':')), unit.slice(unit.indexOf(':') + 1)];
  if (kind === 'prefix' || kind === 'currency') return { prefix: rest, text: digits(value, decimals), suffix: '' };
  if (kind === 'si') return siScaled(value, rest, decimals);
  if (kind === 'time') return { prefix: '', text: stamp(value), suffix: '' };
  if (kind === 'suffix' || kind === 'count') return { prefix: '', text: digits(value, decimals), suffix: rest };
  return { prefix: '', text: digits(value, decimals), suffix: unit };
}

const gluedSuffix = /^(%|°)/;
export function formatText(value: number | null | undefined, unit?: string, decimals?: number | null): string {
  const { prefix, text, suffix } = formatValue(value, unit, decimals);
  return prefix + text + (suffix ? (gluedSuffix.test(suffix) || suffix.startsWith(' ') ? suffix : ` ${suffix}`) : '');
}
export const bytes = (value: number | null | undefined) => formatText(value, 'bytes');
export const percent = (value: number | null | undefined) => formatText(value, 'percent', value !== null && value !== undefined && Math.abs(value) < 10 ? 1 : 0);
