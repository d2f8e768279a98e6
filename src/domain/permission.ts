import type { Actor, Role } from './actor.ts';
import { type Refusal, refuse } from './refusal.ts';

const ALL: readonly Role[] = ['administrator', 'quality', 'regulatory', 'support', 'viewer'];
const STAFF: readonly Role[] = ['administrator', 'quality', 'regulatory', 'support'];
const OFFICE: readonly Role[] = ['administrator', 'quality', 'regulatory'];
const ADMINISTRATOR: readonly Role[] = ['administrator'];
// Signatures belong to a function, not to whoever runs the computers: an administrator cannot sign for quality.
const QUALITY: readonly Role[] = ['quality'];
const REGULATORY: readonly Role[] = ['regulatory'];
const SIGNERS: readonly Role[] = ['quality', 'regulatory'];

/**
 * Who may do what: every permission with the roles that hold it (21 CFR 11.10(g), authority checks). Each use case asks
 * {@link forbid} first; each page and API operation names its permission too. API keys carry permissions as scopes.
 */
export const permissions = {
  'import.stage': STAFF,
  'import.apply': OFFICE,
  'party.read': ALL,
  'party.change': STAFF,
  'contact.change': STAFF,
  'unit.read': ALL,
  'unit.change': STAFF,
  'product.read': ALL,
  'product.change': OFFICE,
  'action.read': ALL,
  'action.create': OFFICE,
  'action.change': OFFICE,
  // Each move is limited further by its own roles: domain/action.ts.
  'action.move': OFFICE,
  'scope.compute': OFFICE,
  'scope.apply': OFFICE,
  'notice.read': ALL,
  'notice.edit': OFFICE,
  'notice.approve.quality': QUALITY,
  'notice.approve.regulatory': REGULATORY,
  'notice.test': OFFICE,
  // Native readers sit in every office, not only in Quality.
  'notice.sign-language': STAFF,
  'delivery.read': ALL,
  'delivery.release': SIGNERS,
  'delivery.control': OFFICE,
  'package.read': ALL,
  'package.change': OFFICE,
  'package.sign.quality': QUALITY,
  'package.sign.regulatory': REGULATORY,
  'package.withdraw': OFFICE,
  // A second remedy begins in a released action by two signatures.
  'remedy.sign.quality': QUALITY,
  'remedy.sign.regulatory': REGULATORY,
  // Whoever holds a personal link; the gate asks for much more (domain/package.ts).
  'package.download': [],
  'download.permit': OFFICE,
  'trust.manage': ADMINISTRATOR,
  'reply.read': ALL,
  'reply.record': STAFF,
  'reply.correct': STAFF,
  'correction.verify': SIGNERS,
  // Whoever has a code may give it in; what it proves is in the code.
  'code.enter': STAFF,
  'ticket.issue': STAFF,
  'kit.work': STAFF,
  // Whoever holds a personal link, for kits of their own party.
  'kit.ask': [],
  'incident.work': STAFF,
  'task.read': ALL,
  'task.work': STAFF,
  'attempt.record': STAFF,
  'deadline.read': ALL,
  'deadline.override': SIGNERS,
  'country.override': ['administrator', 'regulatory'],
  'report.make': OFFICE,
  export: ALL,
  'mailbox.read': STAFF,
  'message.read': STAFF,
  'message.keep': STAFF,
  'message.decide': STAFF,
  'event.read': ALL,
  'account.manage': ADMINISTRATOR,
  'key.manage': ADMINISTRATOR,
  'webhook.manage': ADMINISTRATOR,
  'setting.change': ADMINISTRATOR,
} as const satisfies Record<string, readonly Role[]>;

export type Permission = keyof typeof permissions;

/** Permissions that need a person with a credential: no API key can hold them, whatever its scopes say. */
const PERSONAL: ReadonlySet<Permission> = new Set<Permission>([
  'notice.approve.quality',
  'notice.approve.regulatory',
  'notice.sign-language',
  'package.sign.quality',
  'package.sign.regulatory',
  'remedy.sign.quality',
  'remedy.sign.regulatory',
  'package.download',
  'kit.ask',
  'account.manage',
  'key.manage',
]);

/** What the holder of a personal link may do; the use cases limit it further to that contact's own party. */
const CONTACT: ReadonlySet<Permission> = new Set<Permission>([
  'notice.read',
  'reply.record',
  'contact.change',
  'incident.work',
  'package.download',
  'code.enter',
  'kit.ask',
]);

/** What Fieldfix does of itself: follow up what people decided. It never decides, signs or releases. */
const SYSTEM: ReadonlySet<Permission> = new Set<Permission>([
  'import.apply',
  'party.read',
  'unit.read',
  'product.read',
  'action.read',
  'scope.compute',
  'notice.read',
  'package.read',
  'delivery.read',
  'delivery.control',
  'reply.read',
  'reply.record',
  'task.read',
  'task.work',
  'attempt.record',
  'deadline.read',
  'event.read',
  'export',
  'message.keep',
  'code.enter',
]);

/** Every permission an API key can be given. */
export const keyScopes: readonly Permission[] = (Object.keys(permissions) as Permission[]).filter(
  (permission) => !PERSONAL.has(permission),
);

/** Whether this text names a permission: for scopes that come from a form or a file. */
export function isPermission(text: string): text is Permission {
  return Object.hasOwn(permissions, text);
}

/** Whether the actor holds the permission. */
export function allows(actor: Actor, permission: Permission): boolean {
  switch (actor.kind) {
    case 'staff':
      return (permissions[permission] as readonly Role[]).includes(actor.role);
    case 'key':
      return !PERSONAL.has(permission) && actor.scopes.includes(permission);
    case 'contact':
      return CONTACT.has(permission);
    case 'system':
      return SYSTEM.has(permission);
    case 'visitor':
      return false;
  }
}

/**
 * Nothing when the actor holds the permission, else the refusal to hand back: `forbidden` with the permission, who asked
 * (`who`: a role, `key`, `contact`, `system`) and the roles that may.
 */
export function forbid(actor: Actor, permission: Permission): Refusal | undefined {
  if (allows(actor, permission)) return undefined;
  return refuse('forbidden', {
    permission,
    who: actor.kind === 'staff' ? actor.role : actor.kind,
    roles: permissions[permission].join(', '),
  });
}

/** {@link forbid} for what the holder of a link may do about their own matters on their own pages, and never to others'. */
export function forbidContact(actor: Actor, permission: Permission): Refusal | undefined {
  return actor.kind === 'contact'
    ? refuse('forbidden', { permission, who: actor.kind, roles: '' })
    : forbid(actor, permission);
}
