import { LogList, marksOf } from '../../logs/LogList';
import { LabelTable } from '../../logs/LabelTable';
import type { PanelProps } from '../PanelBody';

export default function LogsPanel({ panel, data, span }: PanelProps) {
  const lines = data.logs ?? [];
  const ordered = panel.options.sortOrder === 'Ascending' ? [...lines].reverse() : lines;
  return (
    <div className="panel-fill">
      <LogList lines={ordered} wrap={panel.options.wrapLogMessage === true} showDate={span.toMs - span.fromMs > 12 * 36e5} label={panel.title} mark={marksOf(panel.targets[0]?.expr ?? '')}
        renderDetails={(line) => <LabelTable line={line} />} />
    </div>
  );
}
