// The flame graph: frames of spans called the same way, on top of those that they called. A click goes into a frame.
import { useMemo } from 'react';
import { mix, paletteColor, type Scheme } from '../dashboard/colors';
import { formatText } from '../format/units';
import { flameOf, type Frame } from './flame';
import type { Trace } from './model';

const frameHeight = 25;
const leastShown = 0.0008;

export function FlameGraph({ trace, scheme, focus, selected, onPick }: { trace: Trace; scheme: Scheme; focus: string; selected: number; onPick: (span: number, isFocused: boolean) => void }) {
  const frames = useMemo(() => flameOf(trace), [trace]);
  const colors = useMemo(() => new Map(trace.services.map((service, i) => [service, paletteColor(i, scheme)])), [trace, scheme]);
  const focused = useMemo(() => (focus ? frames.find((one) => trace.spans[one.span]!.id === focus) : undefined), [frames, focus, trace]);
  const total = focused?.totalMs ?? frames.filter((one) => one.depth === 0).reduce((sum, one) => sum + one.totalMs, 0);
  const [left, width] = focused ? [focused.left, focused.width] : [0, 1];
  const within = (frame: Frame) => !focused || frame === focused || frame.key.startsWith(`${focused.key}/`) || focused.key.startsWith(`${frame.key}/`);
  const shown = frames.filter(within);
  const depths = shown.reduce((most, one) => Math.max(most, one.depth), 0) + 1;
  return (
    <div className="card flame-card">
      <div className="flame" style={{ height: depths * frameHeight + 8 }} role="group" aria-label={`Flame graph, ${shown.length} frames`}>
        {shown.map((frame) => {
          const isAbove = focused !== undefined && frame !== focused && focused.key.startsWith(`${frame.key}/`);
          const from = isAbove ? 0 : (frame.left - left) / width;
          const part = isAbove ? 1 : frame.width / width;
          if (part < leastShown) return null;
          const base = frame.errors ? (scheme === 'dark' ? '#EB5757' : '#c0342b') : colors.get(frame.service)!;
          const say = `${frame.service}: ${frame.name}, ${formatText(frame.totalMs, 'ms')}${frame.count > 1 ? ` in ${frame.count.toLocaleString()} spans` : ''}, ${formatText(total > 0 ? (frame.totalMs / total) * 100 : 0, 'percent', 1)}, ${formatText(frame.selfMs, 'ms')} itself${frame.errors ? `, ${frame.errors} with errors` : ''}`;
          return (
            <button key={frame.key} className={`frame${isAbove ? ' above' : ''}${frame.span === selected ? ' at' : ''}`} title={say} aria-label={part > 0.03 ? undefined : say} onClick={() => onPick(frame.span, frame !== focused)}
              style={{ left: `${from * 100}%`, width: `calc(${part * 100}% - 1px)`, top: frame.depth * frameHeight, background: scheme === 'dark' ? mix(base, '#101b14', 0.55) : mix(base, '#ffffff', 0.72), borderLeftColor: base }}>
              {part > 0.03 && <span>{frame.name}{frame.count > 1 && <small> ×{frame.count.toLocaleString()}</small>}{part > 0.09 && <em>{formatText(frame.totalMs, 'ms')}</em>}</span>}
            </button>
          );
        })}
      </div>
    </div>
  );
}
