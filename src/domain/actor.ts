/** The roles of staff. What each may do is one table: domain/permission.ts. */
export const roles = ['administrator', 'quality', 'regulatory', 'support', 'viewer'] as const;
export type Role = (typeof roles)[number];

/** Who asks for something: the record of every change names one of these. */
export type Actor =
  /** A signed-in member of the manufacturer's staff. */
  | { readonly kind: 'staff'; readonly id: string; readonly name: string; readonly role: Role }
  /** A program with an API key; its scopes are permissions. */
  | { readonly kind: 'key'; readonly id: number; readonly name: string; readonly scopes: readonly string[] }
  /** Whoever holds a contact's personal link. */
  | {
      readonly kind: 'contact';
      readonly linkId: number;
      readonly contactId: number;
      readonly partyId: number;
      readonly name: string;
    }
  /** Fieldfix itself: a schedule, a sweep, a command on the machine. `name` says which. */
  | { readonly kind: 'system'; readonly name: string }
  /** Nobody known: a request without session, key or link. May do nothing that asks for a permission. */
  | { readonly kind: 'visitor'; readonly name: 'visitor' };

/** Whose desk it is: the person's id, empty for everybody who is no staff. */
export function staffIdOf(actor: Actor): string {
  return actor.kind === 'staff' ? actor.id : '';
}
