// A page: its head with title and controls, and below what it shows.
import { useEffect, type ReactNode } from 'react';
import { TimeContext, type TimeState } from '../time/useTime';
import { TimeControls } from './TimeControls';

export function Page({ title, time, controls, children, name }: { title: ReactNode; name: string; time?: TimeState; controls?: ReactNode; children: ReactNode }) {
  useEffect(() => {
    document.title = `${name} - MonitorAI`;
  }, [name]);
  const body = (
    <div className="page">
      <header className="page-head">
        <h1>{title}</h1>
        {controls}
        <span className="spacer" />
        {time && <TimeControls />}
      </header>
      {children}
    </div>
  );
  return time ? <TimeContext.Provider value={time}>{body}</TimeContext.Provider> : body;
}

export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return <div className="empty"><strong>{title}</strong>{children}</div>;
}

export function ErrorText({ error }: { error: unknown }) {
  return <div className="error" role="alert">{error instanceof Error ? error.message : String(error)}</div>;
}
