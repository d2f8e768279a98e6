import { createReadStream } from 'node:fs';
import { stat, writeFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { Readable } from 'node:stream';
import type { Server } from './server.ts';
import { CommandError, printTable, type Terminal } from './terminal.ts';

interface NoticeOfAction {
  id: number;
  version: number;
  number: string;
}

/** The newest version of an action's notice. */
async function newestNotice(server: Server, reference: string): Promise<NoticeOfAction> {
  const action = await server.json<{ notices: NoticeOfAction[] }>('GET', `/actions/${encodeURIComponent(reference)}`);
  const [notice] = action.notices;
  if (!notice) throw new CommandError(`${reference} has no notice yet.`);
  return notice;
}

/** Makes the file for a translator and writes it to `output`, or under its own name into `folder`. @returns exit code */
export async function exportXliff(
  server: Server,
  terminal: Terminal,
  input: { reference: string; language: string; format: string; output: string | undefined; folder: string },
): Promise<number> {
  const notice = await newestNotice(server, input.reference);
  const { language, format } = input;
  const made = await server.json<{ id: number; name: string }>('POST', `/notices/${notice.id}/translation-exports`, {
    language,
    format,
  });
  const response = await server.send('GET', `/translation-exports/${made.id}/file`);
  const path = resolve(input.folder, input.output ?? made.name);
  try {
    await writeFile(path, Buffer.from(await response.arrayBuffer()));
  } catch (error) {
    throw new CommandError(`${path} cannot be written (${(error as { code?: string }).code ?? String(error)}).`);
  }
  terminal.err(`${path}\n`);
  return 0;
}

interface Report {
  id: number;
  language: string;
  current: boolean;
  looksLike: string;
  unknown: string[];
  counts: { same: number; change: number; look: number; refused: number; absent: number };
  texts: {
    name: string;
    verdict: string;
    findings: { severity: string; segment?: number; what: string; mend: string }[];
  }[];
}

/**
 * Uploads a translated file, prints its report, and takes its texts when told to.
 * @returns exit code: 1 when a text was refused, or nothing was taken although it was asked for
 */
export async function importXliff(
  server: Server,
  terminal: Terminal,
  input: { reference: string; file: string; folder: string; apply: boolean; looked: boolean },
): Promise<number> {
  const path = resolve(input.folder, input.file);
  const found = await stat(path).catch(() => undefined);
  if (!found?.isFile()) throw new CommandError(`${input.file} is no file that can be read.`);
  const notice = await newestNotice(server, input.reference);
  const query = new URLSearchParams({ name: basename(path) });
  const response = await server.send('POST', `/notices/${notice.id}/translations?${query}`, {
    body: Readable.toWeb(createReadStream(path)) as ReadableStream,
    headers: { 'content-type': 'application/xliff+xml', 'content-length': String(found.size) },
    duplex: 'half',
  } as RequestInit);
  const report = (await response.json()) as Report;
  printReport(terminal, report);
  terminal.err(`Side by side: ${server.url}/translations/${report.id}\n`);
  if (!input.apply) {
    terminal.out(
      'Nothing was changed. Add --apply to take the texts, and --looked when you have read what needs a look.\n',
    );
    return report.counts.refused > 0 ? 1 : 0;
  }
  const body = { looked: input.looked };
  const done = await server.json<{ taken: number; voided: number }>('POST', `/translations/${report.id}/apply`, body);
  terminal.out(`Texts taken: ${done.taken}. Approvals that fell: ${done.voided}.\n`);
  return report.counts.refused > 0 ? 1 : 0;
}

function printReport(terminal: Terminal, report: Report): void {
  const { same, change, look, refused, absent } = report.counts;
  terminal.out(
    `Texts in ${report.language}: ${change} changed (${look} to look at), ${refused} refused, ${same} as they are, ${absent} not in the file.\n`,
  );
  if (!report.current) terminal.out('The file was made from an earlier source.\n');
  if (report.looksLike !== '') terminal.out(`The words look like another language (${report.looksLike}).\n`);
  if (report.unknown.length > 0) terminal.out(`Not of this notice: ${report.unknown.join(', ')}\n`);
  const rows = report.texts.flatMap((text) =>
    text.findings
      .filter((finding) => finding.severity === 'refused' || text.verdict === 'change')
      .map((finding) => [text.name, finding.segment ?? null, finding.severity, `${finding.what} ${finding.mend}`]),
  );
  if (rows.length > 0) terminal.out(printTable(['TEXT', 'PART', 'WHAT', 'FINDING'], rows));
}
