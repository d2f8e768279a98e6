/** Versions of a notice: sealed at the release, updated for those an update names, held by contacts. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { sql } from 'kysely';
import { samplePassword } from '../src/app/accounts.ts';
import { linkToken } from '../src/app/links.ts';
import { countReach } from '../src/app/notice-reach.ts';
import { loadPrint, verifyNotice } from '../src/app/notice-seal.ts';
import { changeUpdate, startUpdate } from '../src/app/notice-updates.ts';
import { deliveryList } from '../src/app/queries/deliveries.ts';
import { holdingList, loadVersions } from '../src/app/queries/holdings.ts';
import { readList } from '../src/app/queries/list.ts';
import { releaseAction } from '../src/app/release.ts';
import { sendReminders } from '../src/app/reminders.ts';
import { isRefusal, type Refusal } from '../src/domain/refusal.ts';
import { type NoticeHouse, openNoticeHouse } from './notice-house.ts';

const all = { page: 1, size: 200, sort: 'id', direction: 'asc', filters: {}, q: '' } as const;
const news: Record<string, string> = {
  en: '# What is new\n\nThis notice follows {notice.previous} of {notice.previous-date}. A step was wrong in the Italian text: install in each environment, not in one.',
  de: '# Was neu ist\n\nDiese Mitteilung folgt auf {notice.previous} vom {notice.previous-date}. Im italienischen Text war ein Schritt falsch: in jeder Umgebung installieren, nicht in einer.',
  it: '# Che cosa è nuovo\n\nQuesto avviso segue {notice.previous} del {notice.previous-date}. Un passaggio del testo italiano era errato: installare in ogni ambiente, non in uno solo.',
};
const must = <T>(result: T | Refusal): T => {
  if (isRefusal(result)) assert.fail(`${result.code} ${JSON.stringify(result.params)}`);
  return result;
};

describe('a released notice', () => {
  let of: NoticeHouse;
  before(async () => {
    of = await openNoticeHouse({ DE: 2, IT: 4, GB: 1 });
  });
  after(() => of.house.close());
  const portalPage = async (contactId: number, query = ''): Promise<string> => {
    const link = await of.house.ctx.db
      .selectFrom('link')
      .select('id')
      .where('contact_id', '=', contactId)
      .executeTakeFirstOrThrow();
    const answer = await of.house.app.request(`/p/${linkToken(of.house.ctx.settings.secret, link.id)}/notice${query}`);
    assert.equal(answer.status, 200);
    return answer.text();
  };

  it('is sealed with its prints, and verified from its bytes', async () => {
    const verdict = must(await verifyNotice(of.house.ctx.db, of.noticeId));
    assert.equal(verdict.seal, 'intact');
    assert.ok(verdict.prints.length >= 12);
    assert.equal(verdict.kept, verdict.computed);
    const row = await of.house.ctx.db
      .selectFrom('notice')
      .selectAll()
      .where('id', '=', of.noticeId)
      .executeTakeFirstOrThrow();
    assert.ok(row.findings.length > 0);
    for (const finding of row.findings) {
      assert.match(finding.reason, /urgency/);
      assert.notEqual(finding.by, '');
    }
  });

  it('cannot be changed in the database either, and a change that was forced shows', async () => {
    const { db } = of.house.ctx;
    await assert.rejects(
      db.updateTable('notice').set({ number: 'X' }).where('id', '=', of.noticeId).execute(),
      /stays as it is/,
    );
    await assert.rejects(sql`update notice_print set html = 'x' where notice_id = ${of.noticeId}`.execute(db));
    await sql`alter table notice_print disable trigger all`.execute(db);
    const kept = await loadPrint(db, of.noticeId, 'dx-recall', 'it');
    await sql`update notice_print set html = html || ' ' where notice_id = ${of.noticeId} and language = 'it' and audience = 'dx-recall'`.execute(
      db,
    );
    const verdict = must(await verifyNotice(db, of.noticeId));
    assert.equal(verdict.seal, 'broken');
    assert.deepEqual(
      verdict.prints.filter((print) => !print.intact).map((print) => `${print.audience} ${print.language}`),
      ['dx-recall it'],
    );
    await sql`update notice_print set html = ${kept?.html ?? ''} where notice_id = ${of.noticeId} and language = 'it' and audience = 'dx-recall'`.execute(
      db,
    );
    await sql`alter table notice_print enable trigger all`.execute(db);
    assert.equal(must(await verifyNotice(db, of.noticeId)).seal, 'intact');
  });

  it('is updated for those who were sent a faulty language, who are asked for their receipt anew', async () => {
    const { db } = of.house.ctx;
    of.house.setNow('2022-05-10T08:00:00Z');
    // An Italian laboratory had confirmed; a German one too.
    await db
      .updateTable('obligation')
      .set({ received_at: of.house.ctx.now(), state: 'received', next_reminder_at: null })
      .where('action_id', '=', of.actionId)
      .where('country', 'in', ['IT', 'DE'])
      .execute();
    const before = must(await verifyNotice(db, of.noticeId)).kept;

    const reach = { to: 'languages' as const, languages: ['it'] };
    const update = must(
      await startUpdate(of.quality, of.actionId, {
        number: 'M-AMR-00496-2',
        update: { reach: { to: 'everyone' }, asksReceipt: false },
      }),
    );
    const again = await startUpdate(of.quality, of.actionId, { number: 'M-3', update: { reach, asksReceipt: true } });
    assert.ok(isRefusal(again) && again.code === 'notice.open-version');
    const draft = await db.selectFrom('notice').selectAll().where('id', '=', update.id).executeTakeFirstOrThrow();
    must(
      await changeUpdate(of.quality, update.id, { update: { reach, asksReceipt: true }, basedOn: draft.content_hash }),
    );
    const counted = await countReach(db, of.actionId, update.id, reach);
    assert.ok(counted.parties > 1 && counted.allParties > counted.parties, JSON.stringify(counted));

    // Nothing can be sent while a language does not say what is new.
    await of.approve(update.id);
    const refused = await releaseAction(of.regulatory, of.actionId, {
      reason: 'x',
      credential: { password: samplePassword },
    });
    assert.ok(isRefusal(refused) && refused.code === 'release.blocked', JSON.stringify(refused));
    await of.write(update.id, (document) => {
      for (const [language, words] of Object.entries(document.texts)) words.update = news[language] ?? '';
    });
    await of.approve(update.id);
    const unsigned = await releaseAction(of.regulatory, of.actionId, { reason: 'x' });
    assert.ok(isRefusal(unsigned) && unsigned.code === 'credential.missing', JSON.stringify(unsigned));
    const released = await of.release();
    assert.equal(released.deliveries, counted.contacts);

    const versions = await loadVersions(db, of.actionId);
    assert.deepEqual(
      versions.map((row) => [row.version, row.state, row.previous]),
      [
        [2, 'released', 1],
        [1, 'superseded', null],
      ],
    );
    assert.equal(versions[0]?.holders, counted.contacts);
    assert.equal(versions[0]?.asked, counted.parties);
    assert.equal(must(await verifyNotice(db, of.noticeId)).kept, before);
    assert.equal(must(await verifyNotice(db, of.noticeId)).seal, 'intact');
    assert.equal(must(await verifyNotice(db, update.id)).seal, 'intact');

    const holdings = (await readList(db, holdingList, all, { actionId: of.actionId })).rows;
    for (const row of holdings) {
      if (row.holds === null) continue;
      assert.equal(row.holds, row.country === 'IT' ? 2 : 1, row.contact);
    }
    const held = await readList(
      db,
      deliveryList,
      { ...all, filters: { holds: '2', kind: 'notice' } },
      { actionId: of.actionId },
    );
    assert.deepEqual([...new Set(held.rows.map((row) => row.country))], ['IT']);

    const states = await db
      .selectFrom('obligation')
      .select(['country', 'state', 'received_at', 'asked_at'])
      .where('action_id', '=', of.actionId)
      .execute();
    for (const row of states) {
      if (row.asked_at) assert.ok(row.country === 'IT' && row.state === 'silent' && row.received_at === null);
      if (row.country === 'DE') assert.equal(row.state, 'received');
    }
    const kept = await db.selectFrom('receipt_request').selectAll().execute();
    assert.equal(kept.length, counted.parties);
    assert.ok(kept.every((row) => row.earlier_state === 'received'));
  });

  it('shows each contact the newest version it holds, and lets it read the earlier one', async () => {
    const { db } = of.house.ctx;
    const contact = async (country: string) =>
      (
        await db
          .selectFrom('delivery as d')
          .innerJoin('contact as c', 'c.id', 'd.contact_id')
          .select(['c.id'])
          .where('d.country', '=', country)
          .where('d.state', 'in', ['sent', 'opened'])
          .orderBy('d.id', 'desc')
          .executeTakeFirstOrThrow()
      ).id;
    const italian = await contact('IT');
    const now = await portalPage(italian, '?lang=it');
    assert.ok(/Che cosa è nuovo/.test(now));
    assert.ok(/aggiornamento/.test(now));
    assert.ok(/M-AMR-00496-2/.test(now));
    assert.ok(/name="received"/.test(now));
    const then = await portalPage(italian, '?version=1&lang=it');
    assert.ok(!/Che cosa è nuovo/.test(then));
    assert.ok(/versione precedente/.test(then));
    assert.ok(!/name="received"/.test(then));
    const german = await portalPage(await contact('DE'), '?lang=de');
    assert.ok(!/Was neu ist/.test(german));
    // A version that a contact does not hold is not shown, whatever the address says.
    assert.ok(!/Was neu ist/.test(await portalPage(await contact('DE'), '?version=2&lang=de')));
  });

  it('reminds each contact of the version it holds', async () => {
    const { db } = of.house.ctx;
    await of.house.ctx.db
      .updateTable('obligation')
      .set({ received_at: null, state: 'silent', next_reminder_at: new Date('2022-05-12T08:00:00Z') })
      .where('country', '=', 'DE')
      .execute();
    of.house.setNow('2022-06-01T12:00:00Z');
    const report = await sendReminders(of.house.ctx);
    assert.ok(report.reminders > 0);
    const { rows } = await sql<{ contact: number; version: number }>`
      select d.contact_id as contact, n.version from delivery d join notice n on n.id = d.notice_id where d.kind = 'reminder'`.execute(
      db,
    );
    const held = new Map(
      (await readList(db, holdingList, all, { actionId: of.actionId })).rows.map((row) => [row.id, row.holds]),
    );

    assert.deepEqual([...new Set(rows.map((row) => row.version))].sort(), [1, 2]);
    for (const row of rows) assert.equal(row.version, held.get(row.contact) ?? row.version);
  });
});
