import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { samplePassword } from '../src/app/accounts.ts';
import { type Context, transact } from '../src/app/context.ts';
import { ATTEMPT_LIMITS } from '../src/app/credentials.ts';
import { type Credential, sign, signatureChallenge, voidSignatures } from '../src/app/signatures.ts';
import { isRefusal } from '../src/domain/refusal.ts';
import { type House, openHouse } from './helpers/house.ts';

let house: House;
let quality: Context;
let subjectId = 0;
before(async () => {
  house = await openHouse();
  quality = await house.staff('quality');
});
after(() => house.close());
beforeEach(async () => {
  subjectId++;
  await house.ctx.db.deleteFrom('sign_in_attempt').execute();
});

const contentHash = 'ab'.repeat(32);
const signAs = (ctx: Context, credential: Credential | undefined) =>
  transact(ctx, (tx) =>
    sign(ctx, tx, { meaning: 'I approve this notice.', subjectKind: 'notice', subjectId, contentHash, credential }),
  );
const rows = () =>
  house.ctx.db.selectFrom('signature').selectAll().where('subject_id', '=', String(subjectId)).execute();
const codeOf = async (result: Promise<object>): Promise<string> => {
  const refused = await result;
  assert.ok(isRefusal(refused), JSON.stringify(refused));
  return refused.code;
};

describe('signing', () => {
  it('records printed name, time with zone, meaning and what was signed', async () => {
    const signed = await signAs(quality, { password: samplePassword });
    assert.ok(!isRefusal(signed));
    const [row] = await rows();
    assert.equal(row?.staff_name, 'Quinn Sample');
    assert.equal(row?.meaning, 'I approve this notice.');
    assert.equal(row?.content_hash, contentHash);
    assert.equal(row?.zone, 'UTC');
    assert.equal(row?.method, 'password');
    assert.ok(row?.signed_at instanceof Date);
    const event = await house.ctx.db
      .selectFrom('event')
      .selectAll()
      .where('action', '=', 'signature.sign')
      .orderBy('seq', 'desc')
      .executeTakeFirst();
    assert.equal(event?.actor_name, 'Quinn Sample');
    assert.match(JSON.stringify(event?.after), /I approve this notice/);
    assert.doesNotMatch(JSON.stringify(event), new RegExp(samplePassword));
  });

  it('asks for the credential each time', async () => {
    assert.equal(await codeOf(signAs(quality, undefined)), 'credential.missing');
    assert.equal(await codeOf(signAs(quality, {})), 'credential.missing');
    assert.equal(await codeOf(signAs(quality, { code: '123456' })), 'credential.missing');
    assert.equal(await codeOf(signAs(quality, { password: 'not this one' })), 'credential.wrong-password');
    assert.deepEqual(await rows(), []);
  });

  it('is for people: no key, no schedule, no visitor, no shut account', async () => {
    const others: Context['actor'][] = [
      { kind: 'system', name: 'x' },
      { kind: 'key', id: 1, name: 'x', scopes: ['delivery.release'] },
      { kind: 'visitor', name: 'visitor' },
      { kind: 'staff', id: 'nobody', name: 'x', role: 'quality' },
    ];
    for (const actor of others)
      assert.equal(await codeOf(signAs(house.as(actor), { password: samplePassword })), 'signature.person-needed');
  });

  it('counts wrong tries even though the transaction is rolled back', async () => {
    for (let n = 0; n < ATTEMPT_LIMITS.accountAndAddress; n++) {
      assert.equal(await codeOf(signAs(quality, { password: 'not this one' })), 'credential.wrong-password');
    }
    assert.equal(await codeOf(signAs(quality, { password: samplePassword })), 'credential.locked');
    assert.ok(await house.signIn('quality'), 'the door is another place: its tries are counted by address');
    assert.ok(!isRefusal(await signAs(await house.staff('regulatory'), { password: samplePassword })));
  });

  it('takes a code once, where the account has codes', async () => {
    const person = await house.staff('support');
    const id = person.actor.kind === 'staff' ? person.actor.id : '';
    await house.ctx.db
      .insertInto('staff_two_factor')
      .values({
        id: 'tf',
        user_id: id,
        secret: 'stored',
        backup_codes: '',
        locked_until: null,
        last_code: null,
        last_code_at: null,
      })
      .execute();
    await house.ctx.db.updateTable('staff').set({ two_factor_enabled: true }).where('id', '=', id).execute();
    const ctx = {
      ...person,
      credentials: {
        ...person.credentials,
        codeMatches: async (_secret: string, code: string) => code.startsWith('1'),
      },
    };
    assert.equal(await codeOf(signAs(ctx, { password: samplePassword })), 'credential.code-missing');
    assert.equal(await codeOf(signAs(ctx, { password: samplePassword, code: '999999' })), 'credential.wrong-code');
    const signed = await signAs(ctx, { password: samplePassword, code: '111111' });
    assert.equal('method' in signed ? signed.method : '', 'password+totp');
    assert.equal(await codeOf(signAs(ctx, { password: samplePassword, code: '111111' })), 'credential.code-used');
    assert.ok(!isRefusal(await signAs(ctx, { password: samplePassword, code: '122222' })));
  });

  it('by passkey answers exactly this challenge, once, for a while', async () => {
    const id = quality.actor.kind === 'staff' ? quality.actor.id : '';
    await house.ctx.db
      .insertInto('staff_passkey')
      .values({
        id: `pk${subjectId}`,
        name: 'x',
        user_id: id,
        public_key: '',
        credential_id: 'c',
        counter: 0,
        device_type: '',
        backed_up: false,
        transports: null,
        aaguid: null,
      })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    const asked: string[] = [];
    const passkeyMatches = async (_key: unknown, assertion: string, challenge: string) => {
      asked.push(challenge);
      return assertion === 'right' ? { counter: 1 } : undefined;
    };
    const ctx = { ...quality, credentials: { ...quality.credentials, passkeyMatches } };
    const subject = { subjectKind: 'notice', subjectId, contentHash };
    const now = new Date();
    const challenge = signatureChallenge(ctx, id, subject, now);
    const strangers = [
      'x',
      '',
      signatureChallenge(ctx, id, { ...subject, contentHash: 'cd'.repeat(32) }, now),
      signatureChallenge(ctx, id, { ...subject, subjectId: subjectId + 1 }, now),
      signatureChallenge(ctx, 'somebody else', subject, now),
      signatureChallenge(ctx, id, subject, new Date(now.getTime() - 3_600_000)),
      signatureChallenge(ctx, id, subject, new Date(now.getTime() + 3_600_000)),
    ];
    for (const other of strangers) {
      assert.equal(
        await codeOf(signAs(ctx, { passkey: 'right', challenge: other })),
        'credential.challenge-over',
        other,
      );
      await house.ctx.db.deleteFrom('sign_in_attempt').execute();
    }
    assert.deepEqual(asked, []);
    assert.equal(await codeOf(signAs(ctx, { passkey: 'wrong', challenge })), 'credential.wrong-passkey');
    const signed = await signAs(ctx, { passkey: 'right', challenge });
    assert.equal('method' in signed ? signed.method : '', 'passkey');
    assert.deepEqual([...new Set(asked)], [challenge]);
    assert.equal(
      await codeOf(signAs(ctx, { passkey: 'right', challenge })),
      'credential.challenge-over',
      'an answer signs once',
    );
  });
});

describe('voiding', () => {
  it('keeps what was signed, with the reason, and is recorded once', async () => {
    await signAs(quality, { password: samplePassword });
    const input = { subjectKind: 'notice', subjectId, reason: 'The text was changed.' };
    assert.equal(await transact(quality, (tx) => voidSignatures(tx, quality, input)), 1);
    assert.equal(await transact(quality, (tx) => voidSignatures(tx, quality, input)), 0);
    const [row] = await rows();
    assert.equal(row?.voided_reason, 'The text was changed.');
    assert.equal(row?.content_hash, contentHash);
    const events = await house.ctx.db
      .selectFrom('event')
      .select('reason')
      .where('action', '=', 'signature.void')
      .where('subject_id', '=', String(subjectId))
      .execute();
    assert.deepEqual(events, [{ reason: 'The text was changed.' }]);
  });

  it('touches no other subject', async () => {
    await signAs(quality, { password: samplePassword });
    await transact(quality, (tx) => voidSignatures(tx, quality, { subjectKind: 'action', subjectId, reason: 'x' }));
    assert.equal((await rows())[0]?.voided_at, null);
  });
});
