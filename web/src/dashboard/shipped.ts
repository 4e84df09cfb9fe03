// The dashboards that come with the program: the same files that a Grafana imports.

const files = import.meta.glob<unknown>('../../../dashboards/*.json', { import: 'default' });

export const shippedUids = Object.keys(files).map((path) => path.replace(/^.*\/(.*)\.json$/, '$1')).sort();

export async function shippedFile(uid: string): Promise<unknown> {
  const load = files[`../../../dashboards/${uid}.json`];
  if (!load) throw new Error(`there is no dashboard "${uid}"`);
  return load();
}
