import { isFile, type Operation } from './operation.ts';

/** The operation as a curl command that works once the key and the placeholders are filled in. */
export function curlOf(row: Operation, publicUrl: string): string {
  const path = row.path.replace(/:([a-zA-Z]+)/g, (_all, name: string) => {
    const value = row.example?.params?.[name];
    return value === undefined ? `{${name}}` : encodeURIComponent(value);
  });
  const query = new URLSearchParams(row.example?.query ?? {}).toString();
  const url = `${publicUrl}/api/v1${path}${query ? `?${query}` : ''}`;
  const lines = [
    row.method === 'GET' ? `curl ${quote(url)}` : `curl -X ${row.method} ${quote(url)}`,
    '-H "Authorization: Bearer $FIELDFIX_KEY"',
  ];
  if (row.method !== 'GET') lines.push('-H "Idempotency-Key: $(uuidgen)"');
  if (isFile(row.body))
    lines.push(
      `-H ${quote(`Content-Type: ${row.body.mediaTypes[0] ?? 'application/octet-stream'}`)}`,
      '--data-binary @FILE',
    );
  else if (row.body)
    lines.push('-H "Content-Type: application/json"', `-d ${quote(JSON.stringify(row.example?.body ?? {}))}`);
  if (isFile(row.answer)) lines.push('-o FILE');
  return lines.join(' \\\n  ');
}

/** One argument for a POSIX shell. */
function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
