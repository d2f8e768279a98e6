import { fixedCalendar } from '../../src/adapters/calendar.ts';
import { documentReader } from '../../src/adapters/document-reader.ts';
import { memoryFiles } from '../../src/adapters/files.ts';
import { kitMaker } from '../../src/adapters/kit.ts';
import { fakeMailer } from '../../src/adapters/mail.ts';
import { openMailReader } from '../../src/adapters/mail-reader.ts';
import { openFormFiller } from '../../src/adapters/paper-form.ts';
import { openPaperReader } from '../../src/adapters/paper-reader.ts';
import { tableFiles, writeXlsx } from '../../src/adapters/table-file.ts';
import { openTypesetter } from '../../src/adapters/typst.ts';
import { fakeWebhookSender } from '../../src/adapters/webhook-sender.ts';
import type { Context } from '../../src/app/context.ts';
import { checkImport, runImport } from '../../src/app/imports.ts';
import type { DatabaseHandle } from '../../src/db/client.ts';
import type { Actor } from '../../src/domain/actor.ts';
import { translator } from '../../src/http/translate.ts';
import { type FakeQueue, fakeQueue } from '../../src/jobs/fake-queue.ts';
import { openTestDatabase } from './database.ts';
import { testPackages } from './packages.ts';

export interface ImportHouse {
  handle: DatabaseHandle;
  ctx: Context;
  queue: FakeQueue;
  as(actor: Actor): Context;
  close(): Promise<void>;
}

export const quality: Actor = { kind: 'staff', id: 'u2', name: 'Quinn Quality', role: 'quality' };
export const viewer: Actor = { kind: 'staff', id: 'u9', name: 'Vic Viewer', role: 'viewer' };

/** A house with a database of its own, a quality manager at the desk and the jobs of imports. */
export async function openImportHouse(given?: DatabaseHandle, files = memoryFiles()): Promise<ImportHouse> {
  const handle = given ?? (await openTestDatabase());
  const queue = fakeQueue();
  const ctx: Context = {
    db: handle.db,
    dbKind: handle.kind,
    now: () => new Date('2022-05-02T08:00:00Z'),
    settings: {
      publicUrl: 'http://localhost',
      mailFrom: 'Muster Sequencing <notices@muster.example>',
      mailDomain: 'muster.example',
      secret: Buffer.alloc(32, 7),
      version: '0.0.0',
      demo: false,
      instance: 'test',
      pacePerDomain: 0,
      attachmentLimit: 0,
      trustProxy: 0,
    },
    queue,
    mailer: fakeMailer(),
    mailReader: openMailReader(),
    files,
    evidence: memoryFiles(),
    ...testPackages(),
    tables: tableFiles,
    documents: documentReader,
    typesetter: openTypesetter({ threads: 1 }),
    formFiller: openFormFiller(),
    kits: kitMaker,
    paperReader: openPaperReader(),
    calendar: fixedCalendar(),
    webhooks: fakeWebhookSender(),
    say: translator,
    credentials: {
      passwordMatches: async () => false,
      codeMatches: async () => false,
      passkeyMatches: async () => undefined,
    },
    wallClock: () => new Date(),
    log: () => {},
    actor: quality,
  };
  queue.work('check-import', async (data) => checkImport(ctx, Number(data.id)));
  queue.work('apply-import', async (data) => runImport(ctx, Number(data.id)));
  return { handle, ctx, queue, as: (actor) => ({ ...ctx, actor }), close: () => handle.close() };
}

/** Rows of cells, the headings first, as a CSV file. */
export function toCsv(rows: readonly (readonly string[])[], delimiter = ','): Uint8Array {
  const quote = (cell: string): string =>
    /["\r\n]/.test(cell) || cell.includes(delimiter) ? `"${cell.replaceAll('"', '""')}"` : cell;
  return Buffer.from(`${rows.map((row) => row.map(quote).join(delimiter)).join('\r\n')}\r\n`);
}

/** The same as a workbook. */
export async function toXlsx(rows: readonly (readonly string[])[]): Promise<Uint8Array> {
  const [header = [], ...body] = rows;
  const chunks: Uint8Array[] = [];
  const columns = header.map((heading, index) => ({ heading, value: (row: readonly string[]) => row[index] ?? '' }));
  for await (const chunk of writeXlsx(body, columns)) chunks.push(chunk);
  return Buffer.concat(chunks);
}
