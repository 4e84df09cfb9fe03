// The two sides of an alert's expression, so that a graph can show the value beside its limit.

export interface Sides {
  left: string;
  right: string;
}
const word = /[a-zA-Z_0-9:]/;

/** The parts at the top level: outside of brackets and quotes. */
function topLevel(text: string, at: (index: number) => boolean): void {
  let depth = 0;
  for (let i = 0; i < text.length; ++i) {
    const c = text[i]!;
    if (c === '"' || c === "'" || c === '`') {
      for (++i; i < text.length && text[i] !== c; ++i) if (c !== '`' && text[i] === '\\') ++i;
    } else if (c === '#') {
      while (i < text.length && text[i] !== '\n') ++i;
    } else if ('([{'.includes(c)) ++depth;
    else if (')]}'.includes(c)) --depth;
    else if (depth === 0 && at(i)) return;
  }
}

function cutAtSetOperator(text: string): string {
  let end = text.length;
  topLevel(text, (i) => {
    const found = /^(and|or|unless)\b/i.exec(text.slice(i));
    if (!found || (i > 0 && word.test(text[i - 1]!))) return false;
    end = i;
    return true;
  });
  return text.slice(0, end);
}

/** `a > on () group_left () b and c` is {a, b}; undefined where nothing is compared at the top level. */
export function comparisonOf(expression: string): Sides | undefined {
  const text = cutAtSetOperator(expression);
  let found: { at: number; length: number } | undefined;
  topLevel(text, (i) => {
    const operator = /^(==|!=|>=|<=|>|<)/.exec(text.slice(i));
    if (!operator) return false;
    found = { at: i, length: operator[0].length };
    return true;
  });
  if (!found) return undefined;
  const left = text.slice(0, found.at).trim();
  const right = text.slice(found.at + found.length).replace(/^\s*(bool\b\s*)?((on|ignoring)\s*\([^)]*\)\s*)?((group_left|group_right)\s*(\([^)]*\))?\s*)?/i, '').trim();
  return left && right ? { left, right } : undefined;
}

/** How often, and for how long, an alert would have fired: `active` holds, for each step, whether the expression gave a sample. */
export function firings(active: boolean[], stepSeconds: number, forSeconds: number): { times: number; seconds: number } {
  let [times, seconds, held] = [0, 0, 0];
  for (const one of active) {
    if (!one) {
      held = 0;
      continue;
    }
    // It is pending from its first sample on, and fires once it held for that long.
    const since = held++ * stepSeconds;
    if (since < forSeconds) continue;
    if (since - stepSeconds < forSeconds) ++times;
    seconds += stepSeconds;
  }
  return { times, seconds };
}
