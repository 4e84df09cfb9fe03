// A dashboard: its head with filters and time, its grid of panels.
import { useMemo, useState, useSyncExternalStore, type ReactNode } from 'react';
import { Icon } from '../shell/icons';
import { Page } from '../shell/Page';
import { useSize } from '../shell/useSize';
import { useUrlParams } from '../shell/useUrlParams';
import { TimeContext, useTimeState } from '../time/useTime';
import './dashboard.css';
import { interpolate } from './interpolate';
import { layout } from './layout';
import { DashboardLinks } from './Links';
import type { Dashboard, GridPos, Panel } from './model';
import { PanelView } from './PanelView';
import { PeriodsContext, useFiringPeriods } from './periods';
import { useVariables } from './useVariables';
import { VariableBar } from './VariableBar';

const rowPixels = 30;
const gap = 10;
const phoneWidth = 760;
/** As the style sheet decides: by the window, not by what an open editor leaves. */
const phoneWindow = matchMedia(`(max-width: ${phoneWidth}px)`);
const isPhone = () => phoneWindow.matches;
const onPhoneChange = (tell: () => void) => {
  phoneWindow.addEventListener('change', tell);
  return () => phoneWindow.removeEventListener('change', tell);
};

/** What an editor adds to the panels: controls in their heads, a frame that can be dragged. */
export interface Editing {
  tools: (panel: Panel) => ReactNode;
  frame: (panel: Panel, column: number, row: number) => ReactNode;
}

function Grid({ dashboard, variables, editing }: { dashboard: Dashboard; variables: ReturnType<typeof useVariables>; editing?: Editing }) {
  const [opened, setOpened] = useState<Record<string, boolean>>({});
  const [ref, { width }] = useSize();
  const { values, ready } = variables;
  const placed = useMemo(() => layout(dashboard.panels, values, (key) => opened[key]), [dashboard, values, opened]);
  const phone = useSyncExternalStore(onPhoneChange, isPhone);
  return (
    <div ref={editing ? ref : undefined} className="dash" style={{ gridAutoRows: rowPixels, columnGap: gap, rowGap: gap }}>
      {placed.map(({ key, panel, pos, values: scoped }) => {
        const place = { gridColumn: `${pos.x + 1} / span ${Math.min(pos.w, 24 - pos.x)}`, gridRow: `${pos.y + 1} / span ${pos.h}` };
        if (panel.type === 'row') {
          const isOpen = opened[key] ?? !panel.collapsed;
          return (
            <div key={key} className="dash-row" style={place}>
              <button className="button ghost small" aria-expanded={isOpen} onClick={() => setOpened({ ...opened, [key]: !isOpen })}>
                <span style={{ display: 'inline-flex', transform: isOpen ? undefined : 'rotate(-90deg)' }}><Icon name="chevron" size={14} /></span>
                <strong>{interpolate(panel.title, scoped, true)}</strong>
              </button>
            </div>
          );
        }
        const narrow = pos.w <= 6 && pos.h <= 6;
        const height = phone ? (narrow ? 108 : Math.max(220, Math.min(pos.h * (rowPixels + gap), 420))) : undefined;
        return (
          <div key={key} className={`dash-cell${narrow ? ' narrow' : ''}`} style={place}>
            <PanelView panel={panel} values={scoped} ready={ready} height={height} tools={editing?.tools(panel)} expected={expectedOf(pos)} />
            {editing && !phone && editing.frame(panel, (width + gap) / 24, rowPixels + gap)}
          </div>
        );
      })}
    </div>
  );
}

/** A window that is dragged wider asks for other points now and then, not at each pixel. */
const widthStep = 240;

/** As the style sheet lays the page out. Objects of equal content are the same one: a panel renders anew only when it changes. */
const expectations = new Map<string, { width: number; inSight: boolean }>();
function expectedOf(pos: GridPos): { width: number; inSight: boolean } {
  const phone = innerWidth <= phoneWidth;
  const page = Math.round((phone ? innerWidth : Math.min(innerWidth - 212, 2200)) / widthStep) * widthStep;
  const width = phone ? page : Math.round((page * pos.w) / 24);
  const inSight = pos.y * (rowPixels + gap) < innerHeight;
  const key = `${width} ${inSight}`;
  const known = expectations.get(key) ?? { width, inSight };
  expectations.set(key, known);
  return known;
}

interface ViewProps { dashboard: Dashboard; lead?: ReactNode; actions?: ReactNode; editing?: Editing }

function Inner({ dashboard, lead, actions, editing, time }: ViewProps & { time: ReturnType<typeof useTimeState> }) {
  const variables = useVariables(dashboard);
  const [params, setParams] = useUrlParams();
  const withAlerts = params.get('alerts') !== 'off';
  // After the panels have asked: they are what somebody waits for.
  const periods = useFiringPeriods(withAlerts && variables.states.length >= dashboard.variables.length);
  return (
    <Page name={dashboard.title} title={dashboard.title} time={time} controls={<><VariableBar states={variables.states} choose={variables.choose} /><DashboardLinks links={dashboard.links} values={variables.values} uid={dashboard.uid} />{(periods.length > 0 || !withAlerts) && <button className={`button${withAlerts ? ' active' : ''}`} aria-pressed={withAlerts} title="Mark when alerts fired" onClick={() => setParams({ alerts: withAlerts ? 'off' : null }, true)}><Icon name="bell" />Alerts</button>}{actions}</>}>
      {lead}
      <PeriodsContext.Provider value={periods}><Grid dashboard={dashboard} variables={variables} editing={editing} /></PeriodsContext.Provider>
    </Page>
  );
}

export function DashboardView(props: ViewProps) {
  const time = useTimeState({ range: props.dashboard.time, refresh: props.dashboard.refresh });
  return <TimeContext.Provider value={time}><Inner {...props} time={time} /></TimeContext.Provider>;
}
