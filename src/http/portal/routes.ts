import type { Route } from '../routes.ts';
import { sendConfirmation, showCode } from './code/page.tsx';
import { sendContact, showContact } from './contact/page.tsx';
import { resumeForm, saveStep, showStep } from './form/page.tsx';
import { showFormStyles } from './form/styles.ts';
import { sendEvidence, sendExamination, showExamination } from './incident/examination.tsx';
import { sendIncidentReport, showIncident, showIncidentReport, showIncidentThanks } from './incident/page.tsx';
import { sendKitMove, sendKitRequest, showKits } from './kit/page.tsx';
import { openLanding, showLanding } from './landing/page.tsx';
import { sendList, sendTemplate, showList } from './list/page.tsx';
import { sendRefused, sendSheet, showSheet } from './list/sheet.tsx';
import { showOwnLetter } from './notice/letter.tsx';
import { sendReceipt, showNotice } from './notice/page.tsx';
import { sendPaper, showPaper } from './paper/page.tsx';
import { sendFilledForm } from './paper/send.tsx';
import { sendFile } from './patch/file.tsx';
import { sendCode, sendGrant, showPatch, showReady } from './patch/page.tsx';
import { sendMetadata, showPublicAction } from './patch/public.tsx';
import { sendReview, showReview } from './review/page.tsx';
import { showScan } from './scan/page.tsx';
import { sendScan, undoScan } from './scan/save.tsx';
import { showSent } from './sent/page.tsx';
import { showUnits } from './units/page.tsx';

/** Every page behind a personal link. */
export const portalRoutes: readonly Route[] = [
  ['GET', '/p/:token', 'link', showLanding],
  ['POST', '/p/:token/open', 'link', openLanding],
  ['GET', '/p/:token/notice', 'link', showNotice],
  ['GET', '/p/:token/letter.pdf', 'link', showOwnLetter],
  ['POST', '/p/:token/receipt', 'link', sendReceipt],
  ['GET', '/p/:token/units', 'link', showUnits],
  ['GET', '/p/:token/form', 'link', resumeForm],
  ['GET', '/p/:token/form/:step', 'link', showStep],
  ['POST', '/p/:token/form/:step', 'link', saveStep],
  ['GET', '/p/:token/review', 'link', showReview],
  ['POST', '/p/:token/review', 'link', sendReview],
  ['GET', '/p/:token/sent', 'link', showSent],
  ['GET', '/p/:token/paper', 'link', showPaper],
  ['POST', '/p/:token/paper', 'link', sendPaper],
  ['POST', '/p/:token/paper/send', 'link', sendFilledForm],
  ['GET', '/p/:token/list', 'link', showList],
  ['POST', '/p/:token/list', 'link', sendList],
  ['GET', '/p/:token/list/devices.xlsx', 'link', sendTemplate],
  ['GET', '/p/:token/list/:id', 'link', showSheet],
  ['POST', '/p/:token/list/:id', 'link', sendSheet],
  ['GET', '/p/:token/list/:id/refused.xlsx', 'link', sendRefused],
  ['GET', '/p/:token/scan', 'link', showScan],
  ['POST', '/p/:token/scan', 'link', sendScan],
  ['POST', '/p/:token/scan/undo', 'link', undoScan],
  ['GET', '/p/:token/contact', 'link', showContact],
  ['POST', '/p/:token/contact', 'link', sendContact],
  ['GET', '/p/:token/incident', 'link', showIncident],
  ['GET', '/p/:token/incident/report', 'link', showIncidentReport],
  ['POST', '/p/:token/incident/report', 'link', sendIncidentReport],
  ['GET', '/p/:token/incident/thanks', 'link', showIncidentThanks],
  ['GET', '/p/:token/incident/:incident', 'link', showExamination],
  ['POST', '/p/:token/incident/:incident', 'link', sendExamination],
  ['POST', '/p/:token/incident/:incident/file', 'link', sendEvidence],
  ['GET', '/p/:token/patch', 'link', showPatch],
  ['POST', '/p/:token/patch/code', 'link', sendCode],
  ['POST', '/p/:token/patch/grant', 'link', sendGrant],
  ['GET', '/p/:token/patch/:grant', 'link', showReady],
  ['GET', '/p/:token/patch/:grant/:file', 'link', sendFile],
  ['GET', '/p/:token/kit', 'link', showKits],
  ['POST', '/p/:token/kit', 'link', sendKitRequest],
  ['POST', '/p/:token/kit/:kit', 'link', sendKitMove],
  ['GET', '/p/:token/code', 'link', showCode],
  ['POST', '/p/:token/code', 'link', sendConfirmation],
  ['GET', '/public/:reference', 'public', showPublicAction],
  ['GET', '/tuf/:file', 'public', sendMetadata],
  ['GET', '/portal/forms/:file', 'public', showFormStyles],
];
