// Terminal colours out of log lines: the text stays, the escapes become spans. No HTML is ever made of a line.

export interface Piece {
  text: string;
  color?: string;
  bold?: boolean;
}
const colors: Record<number, string> = {
  30: 'var(--dim)', 31: 'var(--red)', 32: 'var(--accent)', 33: 'var(--yellow)', 34: 'var(--blue)', 35: '#b58bef', 36: '#56ccf2', 37: 'var(--text)', 90: 'var(--dim)', 91: 'var(--red)', 92: 'var(--accent)', 93: 'var(--yellow)', 94: 'var(--blue)',
};
// eslint-disable-next-line no-control-regex
const escape = /\x1b\[([0-9;]*)([A-Za-z])|\x1b\][^\x07]*\x07/g;

export function ansiPieces(line: string): Piece[] {
  if (!line.includes('\x1b')) return [{ text: line }];
  const out: Piece[] = [];
  let [at, color, bold] = [0, undefined as string | undefined, false];
  for (const found of line.matchAll(escape)) {
    if (found.index > at) out.push({ text: line.slice(at, found.index), color, bold });
    at = found.index + found[0].length;
    if (found[2] !== 'm') continue;
    for (const code of (found[1] || '0').split(';').map(Number)) {
      if (code === 0) [color, bold] = [undefined, false];
      else if (code === 1) bold = true;
      else if (code === 39) color = undefined;
      else if (colors[code]) color = colors[code];
    }
  }
  if (at < line.length) out.push({ text: line.slice(at), color, bold });
  return out;
}

/** Of a line in the list; the opened line shows all. */
export const lineCharsMax = 4000;
export const wrappedCharsMax = 20_000;
