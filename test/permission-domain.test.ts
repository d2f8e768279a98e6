import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Actor, type Role, roles } from '../src/domain/actor.ts';
import {
  allows,
  forbid,
  forbidContact,
  isPermission,
  keyScopes,
  type Permission,
  permissions,
} from '../src/domain/permission.ts';
import { isRefusal } from '../src/domain/refusal.ts';

const staff = (role: Role): Actor => ({ kind: 'staff', id: 'u1', name: 'A. Person', role });

test('each role may do what is its own', () => {
  // One letter per role in the order administrator, quality, regulatory, support, viewer: capital when it may.
  const cases: [Permission, string][] = [
    ['party.read', 'AQRSV'],
    ['export', 'AQRSV'],
    ['event.read', 'AQRSV'],
    ['import.stage', 'AQRSv'],
    ['import.apply', 'AQRsv'],
    ['reply.record', 'AQRSv'],
    ['task.work', 'AQRSv'],
    ['notice.edit', 'AQRsv'],
    ['notice.approve.quality', 'aQrsv'],
    ['notice.approve.regulatory', 'aqRsv'],
    ['delivery.release', 'aQRsv'],
    ['correction.verify', 'aQRsv'],
    ['deadline.override', 'aQRsv'],
    ['country.override', 'AqRsv'],
    ['account.manage', 'Aqrsv'],
    ['setting.change', 'Aqrsv'],
  ];
  for (const [permission, expected] of cases) {
    const got = roles.map((role) => {
      const letter = role.charAt(0);
      return allows(staff(role), permission) ? letter.toUpperCase() : letter;
    });
    assert.equal(got.join(''), expected, permission);
  }
});

test('a viewer changes nothing', () => {
  const reads = (permission: string) => permission.endsWith('.read') || permission === 'export';
  for (const permission of Object.keys(permissions) as Permission[]) {
    if (permission === 'mailbox.read' || permission === 'message.read') continue;
    assert.equal(allows(staff('viewer'), permission), reads(permission), permission);
  }
  // Letters hold every personal link, and so do the mails that quote them: reading them is not harmless.
  assert.equal(allows(staff('viewer'), 'mailbox.read'), false);
  assert.equal(allows(staff('viewer'), 'message.read'), false);
});

test('a key does what its scopes say, and never signs or manages accounts', () => {
  const key = (scopes: string[]): Actor => ({ kind: 'key', id: 7, name: 'ERP', scopes });
  assert.equal(forbid(key(['import.stage']), 'import.stage'), undefined);
  assert.ok(isRefusal(forbid(key(['import.stage']), 'import.apply')));
  for (const permission of [
    'notice.approve.quality',
    'notice.approve.regulatory',
    'account.manage',
    'key.manage',
  ] as const) {
    assert.ok(isRefusal(forbid(key([permission]), permission)), permission);
    assert.ok(!keyScopes.includes(permission));
  }
});

test('contacts and Fieldfix itself have their own narrow lists', () => {
  const contact: Actor = { kind: 'contact', linkId: 1, contactId: 2, partyId: 3, name: 'Labor 0421' };
  const system: Actor = { kind: 'system', name: 'sweep' };
  assert.equal(forbid(contact, 'reply.record'), undefined);
  assert.ok(isRefusal(forbidContact(contact, 'reply.record')));
  assert.equal(forbidContact(staff('support'), 'reply.record'), undefined);
  assert.ok(isRefusal(forbidContact(staff('support'), 'delivery.release')));
  for (const permission of ['party.read', 'export', 'reply.correct', 'mailbox.read'] as const) {
    assert.ok(isRefusal(forbid(contact, permission)), permission);
  }
  assert.equal(forbid(system, 'delivery.control'), undefined);
  for (const permission of ['delivery.release', 'notice.edit', 'action.change', 'correction.verify'] as const) {
    assert.ok(isRefusal(forbid(system, permission)), permission);
  }
});

test('a refusal names the permission, who asked and who may', () => {
  assert.deepEqual(forbid(staff('support'), 'delivery.release'), {
    refusal: true,
    code: 'forbidden',
    params: { permission: 'delivery.release', who: 'support', roles: 'quality, regulatory' },
  });
  assert.ok(isPermission('export'));
  assert.ok(!isPermission('toString'));
});
