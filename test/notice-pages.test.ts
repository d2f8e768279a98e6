/** The desk's pages of a notice, without a browser: versions, differences, editor, variants, previews, and the API's twins. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { samplePassword } from '../src/app/accounts.ts';
import { linkToken } from '../src/app/links.ts';
import { loadLanguageTable } from '../src/app/queries/translations.ts';
import { publicUrl } from './helpers/house.ts';
import { type NoticeHouse, openNoticeHouse } from './notice-house.ts';

describe('pages of the notice', () => {
  let of: NoticeHouse;
  let cookie: string;
  let updateId: number;
  before(async () => {
    of = await openNoticeHouse({ DE: 2, IT: 2 });
    cookie = await of.house.signIn('quality');
  });
  after(async () => {
    await of.house.close();
    assert.deepEqual(of.house.errors, []);
  });

  const get = async (path: string, status = 200): Promise<string> => {
    const answer = await of.house.app.request(path, { headers: { cookie } });
    const text = await answer.text();
    assert.equal(answer.status, status, `${path}: ${text.slice(0, 300)}`);
    return text;
  };
  const post = async (path: string, fields: [string, string][]): Promise<Response> =>
    of.house.app.request(path, {
      method: 'POST',
      body: new URLSearchParams(fields),
      headers: { cookie, origin: publicUrl },
    });
  const row = (id: number) =>
    of.house.ctx.db.selectFrom('notice').selectAll().where('id', '=', id).executeTakeFirstOrThrow();

  it('show the released version as it was kept, with its seal and its findings', async () => {
    const page = await get(`/notices/${of.noticeId}`);
    const { seal } = await row(of.noticeId);
    assert.ok(seal && page.includes(seal));
    assert.match(page, /intact/);
    assert.match(page, /because of the urgency/);
    const german = await get(`/notices/${of.noticeId}?variant=distributor&language=de`);
    assert.match(german, /lang="de"/);
    assert.match(await get(`/actions/${of.actionId}/notice/versions`), /Version 1/);
    await get('/notices/9999', 404);
  });

  it('begin an update, and say what is wrong with a choice that is not complete', async () => {
    assert.match(await get(`/actions/${of.actionId}/notice/update`), /Who gets it/);
    const path = `/actions/${of.actionId}/notice/update`;
    const lacking = await post(path, [
      ['number', ''],
      ['to', 'languages'],
    ]);
    assert.equal(lacking.status, 422);
    const text = await lacking.text();
    assert.match(text, /Write the document control number/);
    assert.match(text, /Tick the languages that were faulty/);
    const begun = await post(path, [
      ['number', 'M-AMR-00496-2'],
      ['to', 'languages'],
      ['languages', 'it'],
      ['asksReceipt', 'yes'],
    ]);
    assert.equal(begun.status, 303);
    updateId = Number(/notices\/(\d+)\/edit/.exec(begun.headers.get('location') ?? '')?.[1]);
    const page = await get(`/actions/${of.actionId}/notice`);
    assert.match(page, /Only who was sent it in Italian/);
    assert.match(page, /asked for their receipt anew/);
    assert.match(await get(path), /Version 2 is not released yet/);
    const { content_hash: basedOn } = await row(updateId);
    const changed = await post(`/notices/${updateId}/update`, [
      ['basedOn', basedOn],
      ['to', 'variants'],
      ['variants', 'dx-recall'],
    ]);
    assert.equal(changed.status, 303);
    assert.deepEqual((await row(updateId)).document, {
      ...((await row(updateId)).document as object),
      update: { reach: { to: 'variants', variants: ['dx-recall'] }, asksReceipt: false },
    });
  });

  it('show every text with the variants that print it, the facts with their values, and the fault beside the field', async () => {
    const page = await get(`/notices/${updateId}/edit?language=de`);
    assert.match(page, /Common text of/);
    assert.match(page, /Own text of: Quality notification/);
    assert.match(page, /\{action\.reference\}[\s\S]{0,200}FSN2022-1230/);
    assert.match(page, /4\. Mai 2022/);
    assert.match(page, /\{@reply\}/);
    const { content_hash: basedOn } = await row(updateId);
    const fields: [string, string][] = [
      ['language', 'de'],
      ['basedOn', basedOn],
      ['number', 'M-AMR-00496-2'],
      ['text.title', '**DRINGEND'],
    ];
    const refused = await post(`/notices/${updateId}/edit`, fields);
    assert.equal(refused.status, 422);
    const again = await refused.text();
    assert.match(again, /Line 1: \*\* opens here/);
    assert.match(again, /\*\*DRINGEND/);
    const late = await post(`/notices/${updateId}/edit`, [
      ['language', 'de'],
      ['basedOn', 'a'.repeat(64)],
      ['text.title', 'X'],
    ]);
    assert.equal(late.status, 409, await late.text());
  });

  it('let a draft be looked at before it is whole, and say what it lacks', async () => {
    const pane = 'dx-recall.de';
    for (const medium of ['page', 'mail', 'text', 'letter', 'form']) {
      const page = await get(`/notices/${updateId}/preview?pane=${pane}.${medium}`);
      assert.match(page, /A text is missing[\s\S]*In an update: which notice it follows/, medium);
      assert.match(page, new RegExp(`/notices/${updateId}/edit\\?language=de#text-update`));
      if (medium === 'page' || medium === 'text') assert.match(page, /Betroffene Produkte/);
    }
    assert.match(await get(`/notices/${updateId}/preview/mail?audience=dx-recall&language=de`), /Betroffene Produkte/);
    const letter = await of.house.app.request(`/notices/${updateId}/letter.pdf?audience=dx-recall&language=de`, {
      headers: { cookie },
    });
    assert.equal(letter.headers.get('content-type'), 'application/pdf');
    const form = await of.house.app.request(`/notices/${updateId}/form.pdf?audience=dx-recall&language=ja`, {
      headers: { cookie },
    });
    assert.equal(form.headers.get('content-type'), 'application/pdf');
    assert.match(form.headers.get('content-disposition') ?? '', /form-preview-ja\.pdf/);
    const kept = await of.house.ctx.db.selectFrom('paper_form').select('id').execute();
    assert.deepEqual(kept, [], 'nothing is kept of a preview');
    const notice = await get(`/actions/${of.actionId}/notice`);
    assert.match(notice, /preview\?pane=dx-recall\.de\.page">Recall letter<\/a>: 1 text missing/);
    assert.match(notice, /32 of 33 texts/);
    assert.match(notice, /Recall letter: contacts in Germany need German[\s\S]{0,200}“In an update/);
    assert.doesNotMatch(notice, /\(dx-recall, /);
  });

  it('count as recipients of an update whom it goes to', async () => {
    const countOf = async (language: string) =>
      (await loadLanguageTable(of.house.ctx, updateId))?.rows.find((one) => one.language === language)?.recipients ?? 0;
    const [german, italian] = [await countOf('de'), await countOf('it')];
    assert.ok(german > 0 && italian > 0);
    await of.write(updateId, (document) => {
      document.update = { reach: { to: 'languages', languages: ['it'] }, asksReceipt: false };
    });
    assert.deepEqual([await countOf('de'), (await countOf('it')) > 0], [0, true]);
    await of.write(updateId, (document) => {
      document.update = { reach: { to: 'variants', variants: ['dx-recall'] }, asksReceipt: false };
    });
  });

  it('show a released version’s texts without anything to change them', async () => {
    const page = await get(`/notices/${of.noticeId}/edit?language=de`);
    assert.doesNotMatch(page, /<textarea(?![^>]*readonly)/);
    assert.doesNotMatch(page, /data-editor|name="number"/);
    assert.match(page, /DRINGENDER/);
  });

  it('print a text for the editor, with its facts as chips, and keep nothing', async () => {
    const before = await row(updateId);
    const answer = await post(`/notices/${updateId}/print-text`, [
      ['language', 'de'],
      ['name', 'reply'],
      ['text', '# Antwort\n\nBis {deadline.reply}, {action.date} <script>. {recipient.name} [Seite]({portal.link})'],
    ]);
    const { html } = (await answer.json()) as { html: string };
    assert.match(html, /<bdi class="ff-chip" title="\{action\.date\}">4\. Mai 2022<\/bdi>/);
    assert.match(html, /The contact the letter goes to/);
    assert.match(html, /&lt;script&gt;/);
    assert.doesNotMatch(html, /<a /);
    const faulty = await post(`/notices/${updateId}/print-text`, [
      ['language', 'de'],
      ['name', 'reply'],
      ['text', '| a |'],
    ]);
    assert.deepEqual(((await faulty.json()) as { errors: { line: number }[] }).errors[0]?.line, 1);
    assert.deepEqual(await row(updateId), before);
  });

  it('arrange the variants, by hand and refused when somebody was faster', async () => {
    const page = await get(`/notices/${updateId}/arrange?variant=distributor`);
    assert.match(page, /its own text/);
    assert.match(page, /with Authority copy|with Recall letter/);
    const { content_hash: basedOn } = await row(updateId);
    const change: [string, string][] = [
      ['basedOn', basedOn],
      ['do', 'detach'],
      ['audience', 'distributor'],
      ['section', 'reply'],
    ];
    assert.equal((await post(`/notices/${updateId}/arrange`, change)).status, 303);
    assert.match(await get(`/notices/${updateId}/arrange?variant=distributor`), /reply-own-distributor/);
    await post(`/notices/${updateId}/arrange`, change);
    const after = await row(updateId);
    assert.notEqual(after.content_hash, basedOn);
    await post(`/notices/${updateId}/arrange`, [
      ['basedOn', after.content_hash],
      ['do', 'sing'],
    ]);
    assert.deepEqual(await row(updateId), after);
    assert.match(await get(`/notices/${of.noticeId}/arrange`), /stays as it is/);
  });

  it('compare versions and languages', async () => {
    await of.write(updateId, (document) => {
      for (const words of Object.values(document.texts))
        words.update =
          '# News\n\n{notice.previous}, {notice.previous-date}: a step was wrong in the Italian text, install in each environment.';
      const german = document.texts.de;
      if (german) german.salutation = `${german.salutation} Bitte sofort lesen.`;
    });
    const page = await get(`/notices/${updateId}/compare`);
    assert.match(page, /<ins>[^<]*Bitte sofort lesen\.<\/ins>/);
    assert.match(page, /Sections only one has/);
    assert.match(page, /M-AMR-00496-2/);
    const italian = await get(`/notices/${updateId}/compare?language=it`);
    assert.doesNotMatch(italian, /Bitte sofort/);
    assert.match(await get(`/notices/${updateId}/compare?show=all&language=fr`), /lang="fr"/);
    await get(`/notices/${of.noticeId}/compare?with=9999`, 422);
    const beside = await get(`/notices/${updateId}/beside?left=en&right=ar`);
    assert.match(beside, /dir="rtl"/);
    assert.match(beside, /The same \d+ facts in both/);
  });

  it('preview any recipient, variant, language and medium side by side', async () => {
    const base = `/notices/${of.noticeId}/preview`;
    const panes = await get(
      `${base}?pane=dx-recall.de.page&pane=authority.ja.text&pane=nonsense&pane=distributor.it.mail`,
    );
    assert.equal(panes.match(/<section class="ff-pane"/g)?.length, 4);
    assert.match(panes, /lang="ja"/);
    const contact = await of.house.ctx.db
      .selectFrom('contact')
      .selectAll()

      .where((eb) => eb(eb.val('de'), '=', eb.fn.any('languages')))
      .executeTakeFirstOrThrow();
    const one = await of.house.app.request(
      `${base}?pane=dx-recall.de.mail&change=0&variant=dx-recall&language=de&medium=text&who=${encodeURIComponent(contact.email)}`,
      { headers: { cookie } },
    );
    assert.equal(one.status, 303);
    const shown = await get(one.headers.get('location') ?? '');
    assert.ok(shown.includes(contact.name));
    assert.match(shown, /\/p\/preview/);
    const several = await get(`${base}?pane=dx-recall.de.page&change=0&who=lab`);
    assert.match(several, /Which one\?/);
    assert.match(await get(`${base}?pane=dx-recall.de.page&change=0&who=%25`), /No recipient of this action matches/);
    const mail = await of.house.app.request(`${base}/mail?audience=dx-recall&language=de&contactId=${contact.id}`, {
      headers: { cookie },
    });
    assert.match(mail.headers.get('content-security-policy') ?? '', /sandbox/);
    assert.match(await mail.text(), /lang="de"/);
    const sheet = await get(`/notices/${of.noticeId}/sheet?variant=authority`);
    assert.equal(sheet.match(/class="ff-sheet-page"/g)?.length, 7);
    assert.match(sheet, /inert/);
  });

  it('list who holds which version, as a page and as a file', async () => {
    assert.match(await get(`/actions/${of.actionId}/holdings`), /version 1/);
    assert.match(await get(`/actions/${of.actionId}/holdings?holds=7`), /Nothing matches/);
    const file = await get(`/actions/${of.actionId}/holdings?format=csv`);
    assert.match(file, /Holds version/);
    assert.match(await get(`/actions/${of.actionId}/deliveries?holds=1`), /version 1/);
  });

  it('ask for a reason rule by rule, and keep each with the release', async () => {
    await of.approve(updateId);
    cookie = await of.house.signIn('regulatory');
    const path = `/actions/${of.actionId}/release`;
    const page = await get(path);
    assert.match(page, /Only Recall letter/);
    const rules = [...page.matchAll(/name="reason\.([a-z0-9-]+)"/g)].map((match) => match[1] ?? '');
    assert.ok(rules.length > 1, page.slice(0, 200));
    const half = await post(path, [
      [`reason.${rules[0]}`, 'Because of the first'],
      ['password', samplePassword],
    ]);
    assert.equal(half.status, 422);
    assert.match(await half.text(), /Because of the first/);
    const whole = await post(path, [
      ...rules.map((rule): [string, string] => [`reason.${rule}`, `Because of ${rule}`]),
      ['password', samplePassword],
    ]);
    assert.equal(whole.status, 303, (await whole.text()).slice(0, 400));
    const { findings } = await row(updateId);
    for (const finding of findings) assert.equal(finding.reason, `Because of ${finding.rule}`);
    await of.send();
  });

  it('have their twins in the API', async () => {
    const key = await of.house.key('notice.read', 'notice.edit', 'delivery.read', 'export');
    const ask = async (
      method: string,
      path: string,
      body?: unknown,
      status = 200,
    ): Promise<Record<string, unknown>> => {
      const answer = await of.house.api(key, method, path, body);
      const json = (await answer.json()) as Record<string, unknown>;
      assert.equal(answer.status, status, `${method} ${path} ${JSON.stringify(json).slice(0, 300)}`);
      return json;
    };
    const { versions } = (await ask('GET', '/actions/FSN2022-1230/notices')) as {
      versions: { version: number; holders: number }[];
    };
    assert.deepEqual(
      versions.map((one) => one.version),
      [2, 1],
    );
    assert.equal((await ask('GET', `/notices/${updateId}/seal`)).seal, 'intact');
    const print = await ask('GET', `/notices/${updateId}/prints/dx-recall/de`);
    assert.match(String(print.html), /Bitte sofort lesen/);
    await ask('GET', `/notices/${updateId}/prints/dx-recall/pl`, undefined, 422);
    const diff = (await ask('GET', `/notices/${updateId}/compare?with=${of.noticeId}&language=de`)) as {
      texts: { name: string }[];
    };
    assert.ok(diff.texts.some((text) => text.name === 'salutation'));
    const checked = (await ask('GET', `/notices/${updateId}/checks`)) as {
      findings: unknown[];
      reaches: { contacts: number };
    };
    assert.ok(checked.findings.length > 0 && checked.reaches.contacts > 0);
    const seen = await ask('GET', `/notices/${updateId}/preview?audience=dx-recall&language=it&medium=text`);
    assert.match(String(seen.content), /RICHIAMO/);
    const holdings = (await ask('GET', '/actions/FSN2022-1230/holdings?holds=2')) as { total: number };
    assert.ok(holdings.total > 0);
    const begun = await ask(
      'POST',
      '/actions/FSN2022-1230/notices/update',
      { number: 'M-3', update: { reach: { to: 'everyone' } } },
      201,
    );
    const draft = await ask('GET', `/notices/${begun.id}`);
    const arranged = await ask('POST', `/notices/${begun.id}/arrange`, {
      basedOn: draft.contentHash,
      change: { do: 'dates', dates: 'house' },
    });
    await ask('PUT', `/notices/${begun.id}/update`, {
      basedOn: arranged.contentHash,
      update: { reach: { to: 'languages', languages: ['de'] }, asksReceipt: true },
    });
    await ask(
      'PUT',
      `/notices/${of.noticeId}/update`,
      { basedOn: 'a'.repeat(64), update: { reach: { to: 'everyone' } } },
      422,
    );
    await ask(
      'POST',
      `/notices/${begun.id}/arrange`,
      { basedOn: draft.contentHash, change: { do: 'dates', dates: 'language' } },
      409,
    );
    const exported = await of.house.api(key, 'GET', '/exports/holdings?action=FSN2022-1230&format=csv');
    assert.match(await exported.text(), /Last version written/);
  });

  it('block a release while a link leads nowhere', async () => {
    const draft = await of.house.ctx.db
      .selectFrom('notice')
      .selectAll()
      .orderBy('version', 'desc')
      .executeTakeFirstOrThrow();
    const link = await of.house.ctx.db.selectFrom('link').select('id').executeTakeFirstOrThrow();
    const personal = `${publicUrl.replace('http:', 'https:')}/p/${linkToken(of.house.ctx.settings.secret, link.id)}`;
    await of.write(draft.id, (document) => {
      const english = document.texts.en;
      if (english)
        english.reply = `${english.reply} [page](${personal}), [gone](https://localhost:3000/gone), [api](https://localhost:3000/api), [law](https://law.example/gone)`;
    });
    const page = await get(`/actions/${of.actionId}/notice`);
    assert.match(page, /is the personal page of one contact/);
    assert.match(page, /gone leads to a page of this server/);
    assert.doesNotMatch(page, /localhost:3000\/api leads|law\.example\/gone leads/);
  });
});
