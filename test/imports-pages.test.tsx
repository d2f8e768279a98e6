import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Hono } from 'hono';
import { makeSampleField } from '../sample/field.ts';
import { importFile } from '../src/app/imports.ts';
import { isRefusal } from '../src/domain/refusal.ts';
import type { C, Env, Handler } from '../src/http/context.ts';
import { postApply, postCancel, postDiscard, showImport } from '../src/http/staff/imports/import.tsx';
import { showImports } from '../src/http/staff/imports/list.tsx';
import { postMapping, postReading } from '../src/http/staff/imports/mapping.tsx';
import { getTemplate, postImport, showNewImport } from '../src/http/staff/imports/new.tsx';
import { showChanges, showRejected } from '../src/http/staff/imports/rows.tsx';
import { type ImportHouse, openImportHouse, toCsv, toXlsx } from './helpers/imports-house.ts';

const pages: [string, string, Handler][] = [
  ['GET', '/imports', showImports],
  ['GET', '/imports/new', showNewImport],
  ['POST', '/imports', postImport],
  ['GET', '/imports/templates/:name', getTemplate],
  ['GET', '/imports/:id', showImport],
  ['GET', '/imports/:id/mapping', showImport],
  ['POST', '/imports/:id/mapping', postMapping],
  ['POST', '/imports/:id/reading', postReading],
  ['POST', '/imports/:id/cancel', postCancel],
  ['POST', '/imports/:id/discard', postDiscard],
  ['POST', '/imports/:id/apply', postApply],
  ['GET', '/imports/:id/rejected', showRejected],
  ['GET', '/imports/:id/changes', showChanges],
];

describe('the pages of imports', () => {
  let house: ImportHouse;
  let app: Hono<Env>;
  before(async () => {
    house = await openImportHouse();
    app = new Hono<Env>();
    app.use(async (c, next) => {
      c.set('ctx', house.ctx);
      await next();
    });
    for (const [method, path, handler] of pages) app.on(method, path, (c) => handler(c as C));
  });
  after(() => house.close());

  const send = async (kind: string, name: string, bytes: Uint8Array): Promise<Response> => {
    const body = new FormData();
    body.set('kind', kind);
    body.set('file', new File([new Uint8Array(bytes)], name));
    return app.request('/imports', { method: 'POST', body });
  };
  const post = (path: string, fields: Record<string, string>): Promise<Response> | Response =>
    app.request(path, { method: 'POST', body: new URLSearchParams(fields) });
  const read = async (path: string): Promise<string> => (await app.request(path)).text();

  it('lead from the file to what it changed', async () => {
    assert.match(await read('/imports'), /Nothing was imported yet/);
    assert.match(await read('/imports/new?kind=parties'), /value="parties"[^>]*checked|checked[^>]*value="parties"/);
    const sent = await send(
      'parties',
      'Kunden.csv',
      toCsv(
        [
          ['Kundennummer', 'Firma', 'Land', 'Notiz'],
          ['1', 'Labor Eins', 'DE', 'x'],
          ['2', 'Labor Zwei', 'Atlantis', ''],
          ['1', 'Labor Eins', 'DE', ''],
        ],
        ';',
      ),
    );
    assert.equal(sent.status, 303);
    const here = sent.headers.get('location') ?? '';
    const mapping = await read(here);
    assert.match(mapping, /Kundennummer/);
    assert.match(mapping, /known heading/);
    const mapped = await post(`${here}/mapping`, {
      'column-0': 'ref',
      'column-1': 'name',
      'column-2': 'country',
      'column-3': '',
    });
    assert.equal(mapped.status, 303);
    assert.match(await read(here), /Checking every row/);
    await house.queue.runPending();
    const review = await read(here);
    assert.match(review, /2 rows are refused/);
    const rejected = await read(`${here}/rejected`);
    assert.match(rejected, /Atlantis is not a country we know/);
    assert.match(rejected, /Row 2 of this file is the same party/);
    const csv = await read(`${here}/rejected?format=csv`);
    assert.match(csv, /Kundennummer,Firma,Land,Notiz,Row,Why refused,How to mend/);
    assert.match(await read(`${here}/changes`), /Labor Eins/);
    assert.equal((await post(`${here}/apply`, { mode: 'all' })).status, 422);
    assert.equal((await post(`${here}/apply`, { mode: 'valid' })).status, 303);
    await house.queue.runPending();
    assert.match(await read(here), /Import sites/);
    assert.match(await read('/imports'), /Kunden\.csv/);
  });

  it('take a known mapping again without asking, and a file that is none with a clear answer', async () => {
    const again = await send(
      'parties',
      'Kunden2.csv',
      toCsv(
        [
          ['Kundennummer', 'Firma', 'Land', 'Notiz'],
          ['1', 'Labor Eins GmbH', 'DE', 'x'],
        ],
        ';',
      ),
    );
    const here = again.headers.get('location') ?? '';
    await house.queue.runPending();
    assert.match(await read(here), /mapped as for an earlier file/);
    assert.match(await read(`${here}/changes`), /<del>Labor Eins<\/del>/);
    assert.equal((await post(`${here}/discard`, {})).status, 303);
    for (const [name, bytes, words] of [
      ['empty.csv', Buffer.from(''), /The file is empty/],
      ['letter.pdf', Buffer.from('%PDF-1.7 …'), /PDF/],
      ['page.xls', Buffer.from('<html><table>'), /web page|HTML/],
    ] as const) {
      const response = await send('parties', name, bytes);
      assert.equal(response.status, 422);
      assert.match(await response.text(), words);
    }
    const nothing = await app.request('/imports', {
      method: 'POST',
      body: 'x',
      headers: { 'content-type': 'multipart/form-data; boundary=q' },
    });
    assert.equal(nothing.status, 422);
    const torn = await app.request('/imports', {
      method: 'POST',
      headers: { 'content-type': 'multipart/form-data; boundary=q' },
      body: '--q\r\nContent-Disposition: form-data; name="kind"\r\n\r\nparties\r\n--q\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\nRef;Na',
    });
    assert.match(await torn.text(), /did not arrive whole/);
  });

  it('offer templates that import without a change', async () => {
    for (const kind of ['products', 'parties', 'sites', 'contacts', 'units'] as const) {
      for (const format of ['csv', 'xlsx']) {
        const response = await app.request(`/imports/templates/${kind}.${format}`);
        assert.equal(response.status, 200);
        const bytes = new Uint8Array(await response.arrayBuffer());
        const result = await importFile(house.ctx, {
          kind,
          name: `${kind}.${format}`,
          bytes,
          mode: 'check',
          dateOrder: 'dmy',
        });
        assert.ok(!isRefusal(result), `${kind}.${format}: ${JSON.stringify(result)}`);
        assert.equal(result.seen, 1);
      }
    }
  });

  it('read workbooks', async () => {
    const field = makeSampleField();
    const result = await importFile(house.ctx, {
      kind: 'parties',
      name: 'parties.xlsx',
      bytes: await toXlsx(field.parties),
      mode: 'all',
    });
    assert.ok(!isRefusal(result), JSON.stringify(result));
    assert.equal(result.created, field.parties.length - 1);
  });
});
