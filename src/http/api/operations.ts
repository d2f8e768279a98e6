import { actionOperations } from './actions.ts';
import { callOperations } from './calls.ts';
import { codeOperations } from './codes.ts';
import { deliveryOperations } from './deliveries.ts';
import { eventOperations } from './events.ts';
import { evidenceLadderOperations } from './evidence-ladder.ts';
import { exportOperations } from './exports.ts';
import { importOperations } from './imports.ts';
import { incidentOperations } from './incidents.ts';
import { keyOperations } from './keys.ts';
import { kitOperations } from './kits.ts';
import { letterOperations } from './letters.ts';
import { mandateOperations } from './mandates.ts';
import { messageOperations } from './messages.ts';
import { noticeStartOperations } from './notice-starts.ts';
import { noticeVersionOperations } from './notice-versions.ts';
import { noticeOperations } from './notices.ts';
import type { Operation } from './operation.ts';
import { packageUploadOperations } from './package-uploads.ts';
import { packageOperations } from './packages.ts';
import { paperFileOperations } from './paper-files.ts';
import { paperFormOperations } from './paper-forms.ts';
import { partyOperations } from './parties.ts';
import { permanentFixOperations } from './permanent-fix.ts';
import { postOperations } from './post.ts';
import { replyOperations } from './replies.ts';
import { scopeOperations } from './scope.ts';
import { spreadsheetOperations } from './spreadsheets.ts';
import { taskOperations } from './tasks.ts';
import { translationOperations } from './translations.ts';
import { trustOperations } from './trust.ts';
import { webhookOperations } from './webhooks.ts';

/** Every operation of the API, in the order the document and the page show them. Each noun's file exports its rows. */
export const operations: readonly Operation[] = [
  // ── Imports, parties, products, units ──
  ...importOperations,
  ...partyOperations,
  // ── Actions, scope, notices, deliveries ──
  ...actionOperations,
  ...permanentFixOperations,
  ...scopeOperations,
  ...noticeOperations,
  ...noticeStartOperations,
  ...noticeVersionOperations,
  ...translationOperations,
  ...deliveryOperations,
  ...letterOperations,
  ...postOperations,
  ...paperFormOperations,
  // ── Packages, downloads, trust ──
  ...packageOperations,
  ...packageUploadOperations,
  ...trustOperations,
  ...kitOperations,
  // ── Replies, confirmations, tasks ──
  ...replyOperations,
  ...paperFileOperations,
  ...spreadsheetOperations,
  ...mandateOperations,
  ...codeOperations,
  ...evidenceLadderOperations,
  ...messageOperations,
  ...incidentOperations,
  ...callOperations,
  ...taskOperations,
  // ── Record, exports ──
  ...eventOperations,
  ...exportOperations,
  // ── Access ──
  ...keyOperations,
  ...webhookOperations,
];
