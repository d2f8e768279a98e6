import type { Permission } from '../domain/permission.ts';
import type { Handler } from './context.ts';

/**
 * Who may open a page: a permission of domain/permission.ts, any signed-in member of staff, or everybody. `link` pages
 * belong to whoever holds the personal link in the path.
 */
export type Access = Permission | 'signed-in' | 'public' | 'link';
export type Route = readonly [method: 'GET' | 'POST', path: string, access: Access, handler: Handler];

/** Every page of Fieldfix with who may open it. The API's operations are listed the same way in api/operations.ts. */
export const routes: readonly Route[] = [
  // ── Sign-in and accounts ──
  // ── Home, search, tasks ──
  // ── Parties, units, products ──
  // ── Imports ──
  // ── Actions, scope, remedies, notices, approvals ──
  // ── Deliveries, mailbox ──
  // ── History, settings ──
  // ── The portal ──
];
