// Grafana's reducers (the `calcs` of stats and legends): a column becomes one number.
import type { Value } from './frames';

export const calcNames: Record<string, string> = {
  lastNotNull: 'Last', last: 'Last (any)', firstNotNull: 'First', first: 'First (any)', min: 'Min', max: 'Max', mean: 'Mean', median: 'Median', sum: 'Total', count: 'Count',
  range: 'Range', delta: 'Delta', diff: 'Difference', diffperc: 'Difference %', stdDev: 'StdDev', variance: 'Variance', distinctCount: 'Distinct', allIsNull: 'All null',
  allIsZero: 'All zero', changeCount: 'Changes', p50: 'p50', p90: 'p90', p95: 'p95', p99: 'p99',
};

/** null where there is nothing to reduce; undefined for a reducer that is not known. */
export function reduce(values: readonly Value[], calc: string): number | null | undefined {
  const numbers: number[] = [];
  for (const value of values) if (typeof value === 'number' && !Number.isNaN(value)) numbers.push(value);
  const at = (value: Value | undefined) => (typeof value === 'number' ? value : null);
  const first = numbers[0] ?? null;
  const last = numbers[numbers.length - 1] ?? null;
  const sum = () => numbers.reduce((total, value) => total + value, 0);
  const mean = () => sum() / numbers.length;
  const quantile = (q: number) => {
    const sorted = [...numbers].sort((a, b) => a - b);
    const place = q * (sorted.length - 1);
    const low = sorted[Math.floor(place)]!;
    return low + (sorted[Math.ceil(place)]! - low) * (place - Math.floor(place));
  };
  const variance = () => {
    const middle = mean();
    return numbers.reduce((total, value) => total + (value - middle) ** 2, 0) / numbers.length;
  };
  switch (calc) {
    case 'last': return at(values[values.length - 1]);
    case 'first': return at(values[0]);
    case 'count': return values.length;
    case 'allIsNull': return numbers.length === 0 ? 1 : 0;
  }
  if (!numbers.length) return calc in calcNames ? null : undefined;
  switch (calc) {
    case 'lastNotNull': return last;
    case 'firstNotNull': return first;
    case 'min': return numbers.reduce((a, b) => (b < a ? b : a));
    case 'max': return numbers.reduce((a, b) => (b > a ? b : a));
    case 'sum': return sum();
    case 'mean': return mean();
    case 'median': case 'p50': return quantile(0.5);
    case 'p90': return quantile(0.9);
    case 'p95': return quantile(0.95);
    case 'p99': return quantile(0.99);
    case 'range': return numbers.reduce((a, b) => (b > a ? b : a)) - numbers.reduce((a, b) => (b < a ? b : a));
    case 'diff': return last! - first!;
    case 'diffperc': return first === 0 ? null : (last! - first!) / Math.abs(first!);
    case 'delta': return numbers.reduce((total, value, i) => total + (i && value >= numbers[i - 1]! ? value - numbers[i - 1]! : i ? value : 0), 0);
    case 'stdDev': return Math.sqrt(variance());
    case 'variance': return variance();
    case 'distinctCount': return new Set(numbers).size;
    case 'changeCount': return numbers.filter((value, i) => i > 0 && value !== numbers[i - 1]).length;
    case 'allIsZero': return numbers.every((value) => value === 0) ? 1 : 0;
    default: return undefined;
  }
}
