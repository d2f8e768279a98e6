/** The pages, the API and the command of translations, as people and programs use them. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { samplePassword } from '../src/app/accounts.ts';
import { runClient } from '../src/cli/client.ts';
import { keyScopes } from '../src/domain/permission.ts';
import { wordReviews } from '../src/http/language-review.ts';
import { availableLanguages } from '../src/http/translate.ts';
import { publicUrl } from './helpers/house.ts';
import { openTranslationHouse, type TranslationHouse } from './translation-house.ts';

let of: TranslationHouse;
let cookie: string;
before(async () => {
  of = await openTranslationHouse();
  cookie = await of.house.signIn('quality');
});
after(async () => {
  await of.house.close();
  assert.deepEqual(of.house.errors, []);
});

const get = (path: string, as = cookie) => of.house.app.request(path, { headers: { cookie: as } });
const post = (path: string, body: FormData | URLSearchParams, as = cookie) =>
  of.house.app.request(path, { method: 'POST', body, headers: { cookie: as, origin: publicUrl } });
const textOf = async (answer: Response | Promise<Response>) => (await (await answer).text()).replace(/&#39;|’/g, "'");
function upload(
  content: string | Uint8Array,
  name = 'back.xlf',
  field = 'file',
  more: Record<string, string> = {},
): FormData {
  const form = new FormData();
  for (const [key, value] of Object.entries(more)) form.append(key, value);
  form.append(field, new Blob([content as Uint8Array<ArrayBuffer>]), name);
  return form;
}
const german = () => `/notices/${of.noticeId}/languages/de`;

describe('pages of translations', () => {
  it('show who needs each language and who stands for it', async () => {
    const page = await textOf(get(`/notices/${of.noticeId}/languages`));
    assert.match(page, /German/);
    assert.match(page, /Not signed off/);
    assert.match(page, /Dutch[\s\S]*Nothing written/);
    assert.match(await textOf(get(`/actions/${of.actionId}/notice`)), /Languages and translations/);
    assert.equal((await get(`/notices/${of.noticeId}/languages/--`)).status, 404);
    assert.equal((await get('/notices/999/languages')).status, 404);
    const sent = await get(`/notices/${of.noticeId}/languages?language=pl`);
    assert.equal(sent.headers.get('location'), `/notices/${of.noticeId}/languages/pl`);
    assert.match(await textOf(get(`/notices/${of.noticeId}/languages?language=..`)), /Write the code of a language/);
  });

  it('lead from each figure to the contacts it counts', async () => {
    const page = await textOf(get(`/notices/${of.noticeId}/languages`));
    const figures = [...page.matchAll(/href="(\/notices\/\d+\/languages\/([\w-]+)\/recipients)">([\d,]+)</g)];
    assert.ok(figures.length >= 2, page);
    for (const [, href = '', language, n = ''] of figures) {
      const list = await textOf(get(`${href}?format=csv`));
      const rows = list.trim().split('\r\n').slice(1);
      assert.equal(rows.length, Number(n.replace(',', '')), `${language}: ${list}`);
      assert.match(await textOf(get(href)), /Recipients in /);
    }
    const [, href = ''] = figures[0] ?? [];
    assert.match(await textOf(get(`${href}?q=nobody-of-that-name`)), /No row matches|Nothing|nobody/i);
  });

  it('send a file out and take it in again', async () => {
    const made = await post(`${german()}/export`, new URLSearchParams({ format: '2.1' }));
    assert.equal(made.status, 303);
    const page = await textOf(get(german()));
    const href = /\/translation-exports\/\d+\/file/.exec(page)?.[0] ?? '';
    const file = await get(href);
    assert.match(file.headers.get('content-disposition') ?? '', /attachment; filename="M-AMR-00496-v1-de\.xlf"/);
    const xml = await file.text();

    const nothing = await post(`${german()}/upload`, upload('Dear Sir', 'a.txt'));
    assert.equal(nothing.status, 422);
    assert.match(await textOf(nothing), /no XLIFF file, and no XML at all/);
    const wrong = await post(`/notices/${of.noticeId}/languages/it/upload`, upload(xml));
    assert.match(await textOf(wrong), /The file is for de, and it was expected/);

    const changed = xml
      .replace(/(<unit id="reply"[\s\S]*?<target>)/, '$1Neu: ')
      .replace(/(<unit id="contact"[\s\S]*?<target>[^<]*<\/target>[\s\S]*?<target>[^<]*)<ph [^>]*\/>/, '$1');
    const sent = await post(`${german()}/upload`, upload(changed, 'zur\u202efck.xlf'));
    assert.equal(sent.status, 303, await sent.clone().text());
    const report = sent.headers.get('location') ?? '';
    const shown = await textOf(get(report));
    assert.match(shown, /zurfck\.xlf/, 'signs that turn letters are gone from the name');
    assert.match(shown, /<ins>Neu: <\/ins>|<ins>Neu:/);
    assert.match(shown, /Refused/);
    assert.match(shown, /The placeholder \{contact\.phone\} is missing/);

    const unlooked = await post(`${report}/apply`, new URLSearchParams({ 'take.reply': 'yes' }));
    assert.equal(unlooked.status, 422);
    assert.match(await textOf(unlooked), /tick that you have looked/);
    const taken = await post(`${report}/apply`, new URLSearchParams({ 'take.reply': 'yes', looked: 'yes' }));
    assert.equal(taken.status, 303);
    assert.match((await of.readNotice()).document.texts.de?.reply ?? '', /Neu: /);
    assert.match(await textOf(get(report)), /Taken: 1 text\./);
    assert.equal((await post(`${report}/apply`, new URLSearchParams({ looked: 'yes' }))).status, 409);
  });

  it('escape what a file holds', async () => {
    const xml = await (
      await get(/\/translation-exports\/\d+\/file/.exec(await textOf(get(german())))?.[0] ?? '')
    ).text();
    const evil = xml.replace(/(<unit id="reply"[\s\S]*?<target>)/, '$1&lt;script&gt;alert(1)&lt;/script&gt; ');
    const sent = await post(`${german()}/upload`, upload(evil, '<img src=x>.xlf'));
    const shown = await textOf(get(sent.headers.get('location') ?? ''));
    assert.doesNotMatch(shown, /<script>alert|<img src=x/);
    assert.equal((await post(`${sent.headers.get('location')}/discard`, new URLSearchParams())).status, 303);
  });

  it('sign a language off, and attach a back-translation', async () => {
    const page = await textOf(get(german()));
    const textsHash = /name="textsHash" value="([0-9a-f]{64})"/.exec(page)?.[1] ?? '';
    const signed = { textsHash, reviewerName: 'Frieda Beispiel', reviewerTitle: 'Übersetzerin', nativeReader: 'yes' };
    const unsaid = await post(`${german()}/sign-off`, new URLSearchParams({ ...signed, nativeReader: '' }));
    assert.match(await textOf(unsaid), /Say whether the reader is a native reader/);
    const unsigned = await post(`${german()}/sign-off`, new URLSearchParams(signed));
    assert.equal(unsigned.status, 422);
    const done = await post(`${german()}/sign-off`, new URLSearchParams({ ...signed, password: samplePassword }));
    assert.equal(done.status, 303);
    assert.match(await textOf(get(german())), /Read by a native reader[\s\S]*Frieda Beispiel/);
    const viewer = await of.house.signIn('viewer');
    assert.equal((await post(`${german()}/sign-off`, new URLSearchParams(signed), viewer)).status, 403);
    assert.equal((await post(`${german()}/export`, new URLSearchParams(), viewer)).status, 403);

    const docm = await post(`${german()}/back-translation`, upload('x', 'a.docm', 'back', { translator: 'B. Zurück' }));
    assert.match(await textOf(docm), /A back-translation is one of these files/);
    const kept = await post(`${german()}/back-translation`, upload('x', 'a.pdf', 'back', { translator: 'B. Zurück' }));
    assert.equal(kept.status, 303);
    const href = /\/back-translations\/\d+\/file/.exec(await textOf(get(german())))?.[0] ?? '';
    const file = await get(href);
    assert.equal(file.headers.get('content-type'), 'application/octet-stream');
    assert.equal(await file.text(), 'x');
  });

  it('say of each language’s fixed words who has read them', async () => {
    const page = await textOf(get('/settings/languages'));
    assert.match(page, /No language has been reviewed by a native reader yet/);
    for (const code of Object.keys(wordReviews())) assert.ok(availableLanguages().includes(code), code);
    for (const code of availableLanguages()) assert.ok(code in wordReviews(), `${code} is not in locales/review.json`);
    assert.ok(!availableLanguages().includes('review'));
  });

  it('read a document as the start of a notice', async () => {
    const path = `/actions/${of.actionId}/notice/start`;
    assert.equal((await get(path)).status, 200);
    const macro = await post(path, upload('PK', 'a.docm'));
    assert.match(await textOf(macro), /holds macros/);
    const read = await post(path, upload('Dear customer,\n\nContact\n\nCall <b>us</b>.', 'a.txt'));
    assert.equal(read.status, 303);
    const start = read.headers.get('location') ?? '';
    const page = await textOf(get(start));
    assert.match(page, /1 of 2 parts|Every part was recognised/);
    assert.doesNotMatch(page, /<b>us<\/b>/);
    const form = new URLSearchParams({
      number: '',
      layout: 'letter',
      'section-0': 'salutation',
      'section-1': 'contact',
    });
    assert.match(await textOf(post(`${start}/draft`, form)), /Write the document control number/);
    form.set('number', 'N-2');
    assert.match(await textOf(post(`${start}/draft`, form)), /is not released yet\. Go on with that one/);
    assert.equal((await post(`${start}/discard`, new URLSearchParams())).status, 303);
    assert.match(await textOf(get(start)), /This document was put away/);
  });
});

describe('the command fieldfix xliff', () => {
  let folder: string;
  let key: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fieldfix-xliff-'));
    key = await of.house.key(...keyScopes);
  });
  after(() => rm(folder, { recursive: true }));

  async function run(...line: string[]): Promise<{ code: number; out: string; err: string }> {
    const said = { out: '', err: '' };
    const env = { url: publicUrl, key, email: undefined, passwordFile: undefined, startedFrom: folder };
    const code = await runClient(line, env, {
      fetch: async (url, init) => of.house.app.request(url, init),
      terminal: {
        out: (text) => {
          said.out += text;
        },
        err: (text) => {
          said.err += text;
        },
        live: false,
        ask: async () => undefined,
      },
    });
    return { code, ...said };
  }

  it('exports, reports and applies', async () => {
    const out = await run('xliff', 'export', 'FSN2022-1230', '--language', 'it', '--format', '1.2', '-o', 'it.xlf');
    assert.equal(out.code, 0, out.err);
    const xml = await readFile(join(folder, 'it.xlf'), 'utf8');
    assert.match(xml, /target-language="it"/);
    await writeFile(join(folder, 'it.xlf'), xml.replace(/(<group id="reply"[\s\S]*?<target[^>]*>)/, '$1Nuovo: '));
    const looked = await run('xliff', 'import', 'FSN2022-1230', 'it.xlf');
    assert.equal(looked.code, 0, looked.err);
    assert.match(looked.out, /Texts in it: 1 changed \(1 to look at\), 0 refused/);
    assert.match(looked.out, /Nothing was changed/);
    const refused = await run('xliff', 'import', 'FSN2022-1230', 'it.xlf', '--apply');
    assert.notEqual(refused.code, 0);
    assert.match(refused.err, /a look/);
    const applied = await run('xliff', 'import', 'FSN2022-1230', 'it.xlf', '--apply', '--looked');
    assert.equal(applied.code, 0, applied.err);
    assert.match(applied.out, /Texts taken: 1\./);
    assert.match((await of.readNotice()).document.texts.it?.reply ?? '', /Nuovo: /);
  });

  it('says what is missing', async () => {
    assert.match((await run('xliff', 'export', 'FSN2022-1230')).err, /--language/);
    assert.match((await run('xliff', 'import', 'FSN2022-1230', 'none.xlf')).err, /no file that can be read/);
    assert.match((await run('xliff', 'export', 'FSN-0', '--language', 'de')).err, /FSN-0|no action/i);
    assert.match((await run('xliff', '--help')).out, /Usage: fieldfix xliff/);
  });

  it('finds the languages by the API', async () => {
    const answer = await of.house.api(key, 'GET', `/notices/${of.noticeId}/languages`);
    const { rows } = (await answer.json()) as { rows: { language: string; signedOff: { reviewer: string } | null }[] };
    assert.equal(rows.find((row) => row.language === 'de')?.signedOff?.reviewer, 'Frieda Beispiel');
    const signed = await of.house.api(key, 'POST', `/notices/${of.noticeId}/sign-offs`, {});
    assert.equal(signed.status, 403, 'no key can sign');
  });
});
