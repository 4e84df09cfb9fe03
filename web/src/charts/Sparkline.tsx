// A small line without axes, as SVG: cheap enough for a hundred of them in a table.
import { memo } from 'react';
import { withAlpha } from '../dashboard/colors';

export const Sparkline = memo(function Sparkline({ values, color, width = 96, height = 24, fill = true, min, max }: {
  values: readonly (number | null)[]; color: string; width?: number; height?: number; fill?: boolean; min?: number; max?: number;
}) {
  const known = values.filter((value): value is number => typeof value === 'number' && Number.isFinite(value));
  if (known.length < 2) return <svg width={width} height={height} aria-hidden="true" />;
  const low = min ?? Math.min(0, ...known);
  const high = max ?? Math.max(...known);
  const x = (i: number) => (i / (values.length - 1)) * width;
  const y = (value: number) => height - 2 - ((value - low) / (high - low || 1)) * (height - 4);
  let path = '';
  let area = '';
  let start = -1;
  values.forEach((value, i) => {
    const ok = typeof value === 'number' && Number.isFinite(value);
    if (ok) path += `${start < 0 ? 'M' : 'L'}${x(i).toFixed(1)} ${y(value).toFixed(1)}`;
    if (ok && start < 0) {
      start = i;
      area += `M${x(i).toFixed(1)} ${height}L${x(i).toFixed(1)} ${y(value).toFixed(1)}`;
    } else if (ok) area += `L${x(i).toFixed(1)} ${y(value).toFixed(1)}`;
    if ((!ok || i === values.length - 1) && start >= 0) {
      area += `L${x(ok ? i : i - 1).toFixed(1)} ${height}Z`;
      start = -1;
    }
  });
  return (
    <svg width={width} height={height} viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" aria-hidden="true" style={{ display: 'block' }}>
      {fill && <path d={area} fill={withAlpha(color, 0.18)} />}
      <path d={path} fill="none" stroke={color} strokeWidth="1.5" vectorEffect="non-scaling-stroke" strokeLinejoin="round" />
    </svg>
  );
});
