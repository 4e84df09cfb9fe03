// Whether the prompts are still those of the baseline, and whether the answers can be trusted; by model, service and route.
import { useQuery } from '@tanstack/react-query';
import { isUnreachable } from '../api/http';
import { driftOf, hallucinationOf, qualityStatus, weightsNow, type SeriesKey, type Status } from '../api/quality';
import { Answers } from '../quality/Answers';
import { Baselines } from '../quality/Baselines';
import { Detector } from '../quality/Detector';
import { Drift } from '../quality/Drift';
import { FirstSteps } from '../quality/FirstSteps';
import { Hallucination } from '../quality/Hallucination';
import { isSame, seriesName, share } from '../quality/words';
import { Empty, ErrorText, Page } from '../shell/Page';
import { useUrlParams } from '../shell/useUrlParams';
import './alerts.css';
import '../quality/quality.css';

const pollMs = 10_000;

type Row = Status['series'][0];
const urgency = (row: Row, scoreMax: number) => (row.spike ? 2 : 0) + (row.drift_score > scoreMax ? 1 : 0);

function SeriesList({ rows, chosen, scoreMax, onChoose }: { rows: Row[]; chosen: SeriesKey; scoreMax: number; onChoose: (row: Row) => void }) {
  return (
    <div className="series-list" role="group" aria-label="Traffic">
      {rows.map((row) => {
        const isDrifting = row.drift_score > scoreMax;
        return (
          <button key={`${row.model}|${row.service}|${row.route}`} className={`card series-card ${isSame(row, chosen) ? 'chosen' : ''}`} aria-pressed={isSame(row, chosen)} onClick={() => onChoose(row)}>
            <span className="row"><span className={`dot ${row.spike || isDrifting ? 'down' : 'up'}`} /><strong className="ellipsis">{row.model || row.service || 'all traffic'}</strong></span>
            <span className="dim ellipsis">{(row.model ? [row.service, row.route] : [row.route]).filter((part) => part !== '').join(' · ') || ' '}</span>
            <span className="series-facts"><span className={isDrifting ? 'red' : ''}>drift <b className="num">{row.drift_score.toFixed(2)}</b></span><span className={row.spike ? 'red' : ''}>flagged <b className="num">{row.judged ? share(row.flagged / row.judged) : '-'}</b></span></span>
          </button>
        );
      })}
    </div>
  );
}

function OfSeries({ series, status }: { series: SeriesKey; status: Status }) {
  const drift = useQuery({ queryKey: ['quality-drift', series], queryFn: ({ signal }) => driftOf(series, signal), refetchInterval: pollMs });
  const rate = useQuery({ queryKey: ['quality-hallucination', series], queryFn: ({ signal }) => hallucinationOf(series, signal), refetchInterval: pollMs });
  const weights = useQuery({ queryKey: ['quality-weights'], queryFn: ({ signal }) => weightsNow(signal), refetchInterval: 30_000 });
  const error = drift.error ?? rate.error;
  return (
    <>
      {error && !isUnreachable(error) && <ErrorText error={error} />}
      <h2 className="section">Drift: are the prompts still those of the baseline?</h2>
      {drift.data && <Drift drift={drift.data} status={status} />}
      <Baselines series={series} />
      <h2 className="section">Hallucination: can the answers be trusted?</h2>
      {rate.data && <Hallucination rate={rate.data} status={status} threshold={weights.data?.weights.threshold ?? 0.5} />}
      <Answers series={series} showSeries={false} />
      <h2 className="section">The detector</h2>
      <Detector />
    </>
  );
}

export default function Quality() {
  const [params, setParams] = useUrlParams();
  const { data: status, error } = useQuery({ queryKey: ['quality-status'], queryFn: ({ signal }) => qualityStatus(signal), refetchInterval: pollMs, retry: 1 });
  const rows = [...(status?.series ?? [])].sort((a, b) => urgency(b, status!.drift.score_max) - urgency(a, status!.drift.score_max) || b.judged + b.unjudged - a.judged - a.unjudged || seriesName(a).localeCompare(seriesName(b)));
  const wanted = { model: params.get('model') ?? '', service: params.get('service') ?? '', route: params.get('route') ?? '' };
  const isNamed = params.has('model') || params.has('service') || params.has('route');
  const chosen: SeriesKey | undefined = isNamed ? wanted : rows[0];
  return (
    <Page name="Quality" title="Quality" controls={status?.lexical && rows.length > 0 ? <span className="tag yellow" title="Without an embedding model texts are compared by their letters: monitorai model add DIR">lexical: sees spelling, not meaning</span> : undefined}>
      {error && <ErrorText error={error} />}
      {status === null && <div className="card" style={{ height: 200 }}><Empty title="This program judges nothing"><span>Its configuration turns it off (<code>quality</code>).</span></Empty></div>}
      {status && !rows.length && <FirstSteps />}
      {status && chosen && rows.length > 0 && (
        <>
          {(rows.length > 1 || !rows.some((row) => isSame(row, chosen))) && <SeriesList rows={rows} chosen={chosen} scoreMax={status.drift.score_max} onChoose={(row) => setParams({ model: row.model || null, service: row.service || null, route: row.route || null, at: null, test: null, compare: null, with: null })} />}
          {rows.some((row) => isSame(row, chosen)) ? <OfSeries key={seriesName(chosen)} series={{ model: chosen.model, service: chosen.service, route: chosen.route }} status={status} /> : <p className="dim">Nothing came of {seriesName(chosen)}.</p>}
        </>
      )}
    </Page>
  );
}
