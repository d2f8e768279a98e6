import { keyOperations } from './keys.ts';
import type { Operation } from './operation.ts';
import { webhookOperations } from './webhooks.ts';

/** Every operation of the API, in the order the document and the page show them. Each noun's file exports its rows. */
export const operations: readonly Operation[] = [
  // ── Imports, parties, products, units ──
  // ── Actions, scope, notices, deliveries ──
  // ── Replies, confirmations, tasks ──
  // ── Record, exports ──
  // ── Access ──
  ...keyOperations,
  ...webhookOperations,
];
