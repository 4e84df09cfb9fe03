// Links of a dashboard and of its panels: to other dashboards (by tag), and to addresses with variables in them.
import { Popover } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'wouter';
import { Icon } from '../shell/icons';
import { useTime } from '../time/useTime';
import { interpolate, type Values } from './interpolate';
import type { DashboardLink, DataLink } from './model';

export interface LinkContext {
  values: Values;
  /** `from=...&to=...` of the view. */
  time: string;
  /** `var-NAME=...` of the view. */
  variables: string;
}

/** An address as the browser may follow it; undefined for one that is none ("javascript:"). Grafana's `/d/UID/name` is our `/dashboards/UID`. */
export function hrefOf(url: string, { values, time, variables }: LinkContext, keepTime = false, includeVars = false): string | undefined {
  const filled = interpolate(url.replace(/\$\{__url_time_range\}|\$__url_time_range\b/g, time).replace(/\$\{__all_variables\}|\$__all_variables\b/g, variables), values, true);
  const own = filled.replace(/^\/d\/([^/?#]+)(\/[^?#]*)?/, '/dashboards/$1');
  if (!/^(https?:\/\/|\/(?!\/))/i.test(own)) return undefined;
  const extra = [keepTime ? time : '', includeVars ? variables : ''].filter(Boolean).join('&');
  return extra ? own + (own.includes('?') ? '&' : '?') + extra : own;
}

function Anchor({ href, title, blank, className }: { href: string; title: string; blank?: boolean; className: string }) {
  if (href.startsWith('/') && !blank) return <Link href={href} className={className}>{title}</Link>;
  return <a href={href} className={className} rel="noreferrer" target={blank ? '_blank' : undefined}>{title}</a>;
}

const useContext = (values: Values): LinkContext => {
  const { range } = useTime();
  const variables = [...new URLSearchParams(location.search)].filter(([name]) => name.startsWith('var-'));
  return { values, time: new URLSearchParams({ from: range.from, to: range.to }).toString(), variables: new URLSearchParams(variables).toString() };
};

function ByTag({ link, context, own }: { link: DashboardLink; context: LinkContext; own: string }) {
  const [open, setOpen] = useState(false);
  const { data } = useQuery({ queryKey: ['all-dashboards'], queryFn: async ({ signal }) => (await import('./library')).allDashboards(signal), enabled: open });
  const fitting = data?.filter((one) => one.uid !== own && link.tags.every((tag) => one.tags.includes(tag)));
  return (
    <Popover opened={open} onChange={setOpen} position="bottom-start" trapFocus returnFocus shadow="none">
      <Popover.Target><button className="button" aria-haspopup="dialog" aria-expanded={open} onClick={() => setOpen(!open)}>{link.title || 'Dashboards'}<Icon name="chevron" size={14} /></button></Popover.Target>
      <Popover.Dropdown className="popover" aria-label={link.title || 'Dashboards'}>
        {fitting?.map((one) => <Anchor key={one.uid} className="option" title={one.title} href={hrefOf(`/dashboards/${one.uid}`, context, link.keepTime, link.includeVars)!} />)}
        {fitting?.length === 0 && <span className="dim">No other dashboard has these tags.</span>}
      </Popover.Dropdown>
    </Popover>
  );
}

export function DashboardLinks({ links, values, uid }: { links: DashboardLink[]; values: Values; uid: string }) {
  const context = useContext(values);
  return links.map((link, i) => {
    if (link.type === 'dashboards') return <ByTag key={i} link={link} context={context} own={uid} />;
    const href = hrefOf(link.url, context, link.keepTime, link.includeVars);
    return href && <Anchor key={i} className="button" title={link.title || href} href={href} />;
  });
}

export function PanelLinks({ links, values }: { links: DataLink[]; values: Values }) {
  const context = useContext(values);
  return links.map((link, i) => {
    const href = hrefOf(link.url, context);
    return href && <Anchor key={i} className="panel-link" title={interpolate(link.title, values, true) || 'Link'} href={href} blank={link.targetBlank} />;
  });
}
