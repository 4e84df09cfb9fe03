// Straight scales, round ticks and paths for the small charts of the Quality page. Pure.

export const linear = (from: [number, number], to: [number, number]) => {
  const [a, b] = from;
  const [low, high] = to;
  return (value: number) => (b === a ? low : low + ((value - a) / (b - a)) * (high - low));
};

/** Round values from 0 to at most `high`. */
export function ticksUpTo(high: number, wanted = 4): number[] {
  if (!(high > 0)) return [0];
  const rough = high / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 2.5, 5, 10].find((one) => one * power >= rough) ?? 10) * power;
  return Array.from({ length: Math.floor(high / step + 1e-9) + 1 }, (_, i) => Number((i * step).toPrecision(12)));
}

const steps = [60, 300, 600, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400, 172_800, 604_800];
/** Whole minutes, hours or days of this place, between two times in seconds. */
export function timeTicks(from: number, to: number, wanted = 6): { at: number; text: string }[] {
  const step = steps.find((one) => (to - from) / one <= wanted) ?? 2_592_000;
  const shift = new Date(from * 1000).getTimezoneOffset() * 60;
  const out = [];
  for (let at = Math.ceil((from - shift) / step) * step + shift; at <= to; at += step) {
    const date = new Date(at * 1000);
    const two = (value: number) => String(value).padStart(2, '0');
    out.push({ at, text: step >= 86_400 || (date.getHours() === 0 && date.getMinutes() === 0) ? `${two(date.getMonth() + 1)}-${two(date.getDate())}` : `${two(date.getHours())}:${two(date.getMinutes())}` });
  }
  return out;
}

export const pathOf = (points: [number, number][]) => points.map(([x, y], i) => `${i ? 'L' : 'M'}${x.toFixed(1)} ${y.toFixed(1)}`).join('');

/** Runs of neighbours, cut where more than `gap` lies between two. */
export function runsOf<T>(values: T[], at: (value: T) => number, gap: number): T[][] {
  const out: T[][] = [];
  for (const value of values) {
    const run = out.at(-1);
    if (run && at(value) - at(run.at(-1)!) <= gap) run.push(value);
    else out.push([value]);
  }
  return out;
}
