import type { Auth } from '../adapters/auth.ts';
import type { Permission } from '../domain/permission.ts';
import type { Handler } from './context.ts';
import { postAddress, showAddress } from './portal/address/page.tsx';
import { portalRoutes } from './portal/routes.ts';
import { accountPages } from './staff/account/account.tsx';
import { passkeyPaths } from './staff/account/passkeys.ts';
import { secondStepPages } from './staff/account/second-step.tsx';
import { signInPages } from './staff/account/sign-in.tsx';
import { singleSignOnPages } from './staff/account/single-sign-on.ts';
import { postAccountChange, postInvitation, postWithdrawInvitation, showStaff } from './staff/account/staff.tsx';
import { welcomePages } from './staff/account/welcome.tsx';
import { showActionTasks } from './staff/actions/action-tasks.tsx';
import { showCorrections } from './staff/actions/corrections.tsx';
import { showDashboard } from './staff/actions/dashboard.tsx';
import { showDescribe } from './staff/actions/describe.tsx';
import {
  postDescribe,
  postEnvironments,
  postRegimes,
  postRemedy,
  postRemedyStatus,
  postVulnerabilities,
} from './staff/actions/describe-posts.tsx';
import { showActions } from './staff/actions/list.tsx';
import { postAction, showNewAction } from './staff/actions/new.tsx';
import { showActionParties } from './staff/actions/parties.tsx';
import { postRelease, showRelease } from './staff/actions/release.tsx';
import { showScope } from './staff/actions/scope.tsx';
import { postRemoveRule, postScopeApply, postScopeRule, postScopeRun } from './staff/actions/scope-posts.tsx';
import { showScopeUnits } from './staff/actions/scope-units.tsx';
import { postStage, showStage } from './staff/actions/stage.tsx';
import { showAttempts } from './staff/calls/attempts.tsx';
import { openCall, showCall } from './staff/calls/call.tsx';
import { postIncidentCall, showIncident as showIncidentCall } from './staff/calls/incident.tsx';
import { postNextCall, showCalls } from './staff/calls/list.tsx';
import { postCall, postClaim, postRelease as postReleaseCall } from './staff/calls/posts.ts';
import { postCode, showCodes } from './staff/codes/codes.tsx';
import { postTicket, showTicket } from './staff/codes/ticket.tsx';
import { postSetRight, postVerify, showCorrection } from './staff/corrections/correction.tsx';
import { postBulkVerify, showBulkVerify } from './staff/corrections/verify.tsx';
import { postDeadline, showDeadline, showDeadlines } from './staff/delivery/deadlines.tsx';
import {
  postAddressMend,
  postBounce,
  postHandled,
  postLink,
  postNotReturned,
  postResolve,
  showDelivery,
} from './staff/delivery/delivery.tsx';
import { showDeliveries } from './staff/delivery/list.tsx';
import {
  postMakeLetters,
  showFormPreview,
  showPaperLetter,
  showPaperPreview,
  showPrintFile,
} from './staff/delivery/paper.tsx';
import { postPaperForm } from './staff/delivery/paper-form.tsx';
import { postPrintQueue, showLetter, showPrintLetters, showPrintQueue } from './staff/delivery/print.tsx';
import { postSending, showSending } from './staff/delivery/sending.tsx';
import { postUnsure, showUnsure } from './staff/delivery/unsure.tsx';
import { postAnswer, showAnswer } from './staff/follow-up/answer.tsx';
import { showFollowUp } from './staff/follow-up/list.tsx';
import { postRemind, showRemind } from './staff/follow-up/remind.tsx';
import { showHelp } from './staff/help/help.tsx';
import { showActionHistory, showHistory } from './staff/history/history.tsx';
import { showVerify } from './staff/history/verify.tsx';
import { showHome } from './staff/home.tsx';
import { postApply, postCancel, postDiscard, showImport } from './staff/imports/import.tsx';
import { showImports } from './staff/imports/list.tsx';
import { postMapping, postReading } from './staff/imports/mapping.tsx';
import { getTemplate, postImport, showNewImport } from './staff/imports/new.tsx';
import { showChanges, showRejected } from './staff/imports/rows.tsx';
import { postGuide, postGuideStep, postRemoveStep, showGuide } from './staff/incidents/guide.tsx';
import { showIncident } from './staff/incidents/incident.tsx';
import { showIncidents } from './staff/incidents/list.tsx';
import {
  getEvidence,
  postIncidentEvidence,
  postIncidentExamination,
  postIncidentNote,
  postIncidentOwner,
  postIncidentState,
} from './staff/incidents/posts.ts';
import { postKitChange, showKitChange } from './staff/kits/change.tsx';
import {
  getKitFile,
  postMove as postKitMove,
  postUndo as postKitUndo,
  postPrepare,
  showKit,
} from './staff/kits/kit.tsx';
import { showKits } from './staff/kits/list.tsx';
import { postKitRequest, showKitRequest } from './staff/kits/request.tsx';
import { getKitPrint, postShip, showShip } from './staff/kits/ship.tsx';
import { showMailbox, showMailboxBody, showMailboxMessage, showMailboxSource } from './staff/mailbox/mailbox.tsx';
import { postArrange, showArrange } from './staff/notices/arrange.tsx';
import { showBeside } from './staff/notices/beside.tsx';
import { showCompare } from './staff/notices/compare.tsx';
import { postEdit, showEdit } from './staff/notices/edit.tsx';
import { printText } from './staff/notices/edit-text.tsx';
import { postForm } from './staff/notices/form.tsx';
import { showLanguage } from './staff/notices/language.tsx';
import { postBackTranslation, postExport, postUpload } from './staff/notices/language-files.tsx';
import { showLanguageRecipients } from './staff/notices/language-recipients.tsx';
import { showLanguages } from './staff/notices/languages.tsx';
import { postApproval, postNotice, postSubmit, postWithdraw, showNotice } from './staff/notices/notice.tsx';
import { postTest, showPreview, showPreviewMail } from './staff/notices/preview.tsx';
import { showSheet } from './staff/notices/sheet.tsx';
import { postSignoff } from './staff/notices/signoff.tsx';
import { postStart, postStartDiscard, postStartDraft, showNoticeStart, showStart } from './staff/notices/start.tsx';
import { getBackTranslation, getExportFile, getImportFile } from './staff/notices/translation-files.ts';
import { postPutAway, postTake, showTranslation } from './staff/notices/translation-import.tsx';
import { postReach, postUpdate, showUpdate } from './staff/notices/update.tsx';
import { showVersion } from './staff/notices/version.tsx';
import { showHoldings, showVersions } from './staff/notices/versions.tsx';
import { showActionDownloads, showDownload, showPackageDownloads } from './staff/packages/downloads.tsx';
import { postPackage, postPermission, postPermissionWithdrawal, showPackages } from './staff/packages/list.tsx';
import { showPackage } from './staff/packages/package.tsx';
import {
  postDescription,
  postFile,
  postLimit,
  postSign,
  postUploadCancel,
  postWithdrawal,
} from './staff/packages/posts.tsx';
import { postPaperReply } from './staff/paper/decide.ts';
import { postPaperUpload, showPaperReplies, showPaperUpload } from './staff/paper/list.tsx';
import { getPaperPage, getPaperSource, showPaperReply } from './staff/paper/review.tsx';
import { postAttempt } from './staff/parties/attempt-form.tsx';
import { postContact, postContactChange, showContact, showNewContact } from './staff/parties/contact.tsx';
import { postContactFiles } from './staff/parties/contact-files.tsx';
import { showParties } from './staff/parties/list.tsx';
import { showParty } from './staff/parties/party.tsx';
import { showFixPaths, showRefused } from './staff/permanent/lists.tsx';
import { showPermanent } from './staff/permanent/page.tsx';
import { postPropose, postStartSign, postStartWithdrawal, postSuccessor } from './staff/permanent/posts.tsx';
import { postPrinted, showPost } from './staff/post/list.tsx';
import { postNumbers, showNumbers } from './staff/post/list-of-numbers.tsx';
import { postArrived, postHandIn, postReturned, showArrived, showHandIn, showReturned } from './staff/post/scan.tsx';
import { getAttachment, getSource, postAttached, postDecision } from './staff/postroom/decide.ts';
import { postEndings, showPostRoom } from './staff/postroom/list.tsx';
import { showMessage, showNext } from './staff/postroom/message.tsx';
import { postMailUpload, showDoors, showMailUpload } from './staff/postroom/upload.tsx';
import { showProduct, showProducts } from './staff/products/list.tsx';
import { showReplies } from './staff/replies/list.tsx';
import { postReceipt } from './staff/replies/receipt.tsx';
import { getReplySource, showReply } from './staff/replies/reply.tsx';
import { showSearch } from './staff/search/search.tsx';
import { postCalendar, postWithdrawCalendar, showCalendars } from './staff/settings/calendars.tsx';
import { postCountry, postWithdrawCountry, showCountries } from './staff/settings/countries.tsx';
import { postKey, postRevokeKey, showKeys } from './staff/settings/keys.tsx';
import { showWordLanguages } from './staff/settings/languages.tsx';
import { postMailDomain, showMailSettings } from './staff/settings/mail.tsx';
import { showServer } from './staff/settings/server.tsx';
import { getRootToSign, postTrust, showTrust } from './staff/settings/trust.tsx';
import { postWebhook, postWebhookChange, showWebhook, showWebhooks } from './staff/settings/webhooks.tsx';
import { postMessageList } from './staff/spreadsheets/cards.tsx';
import { postSheetMandates, postWithdrawMandate } from './staff/spreadsheets/decision.tsx';
import { showActionSheets, showSheets } from './staff/spreadsheets/list.tsx';
import { postSheetMapping, postSheetReading } from './staff/spreadsheets/mapping.tsx';
import { postSheet, showNewSheet } from './staff/spreadsheets/new.tsx';
import { showSheetRows } from './staff/spreadsheets/rows.tsx';
import {
  getSheetSource,
  postSheetApply,
  postSheetCheck,
  postSheetDiscard,
  showSheet as showSpreadsheet,
} from './staff/spreadsheets/spreadsheet.tsx';
import { showTasks } from './staff/tasks/list.tsx';
import {
  postAcceptUnit,
  postIncident,
  postLeft,
  postMoveUnit,
  postProposal,
  postRedirect,
  postTaskContact,
  postTaskSetRight,
} from './staff/tasks/mend-posts.tsx';
import { postEndTask, postOwnTask, postReopenTask, showTask } from './staff/tasks/tasks.tsx';
import { showUnits } from './staff/units/list.tsx';
import { showUnit } from './staff/units/unit.tsx';
import { postVerifierCode } from './verifier/code.ts';
import { sendVerifierProgram } from './verifier/programs.tsx';

/**
 * Who may open a page: a permission of domain/permission.ts, any signed-in member of staff, or everybody. `link` pages
 * belong to whoever holds the personal link in the path.
 */
export type Access = Permission | 'signed-in' | 'public' | 'link';
export type Route = readonly [method: 'GET' | 'POST', path: string, access: Access, handler: Handler];

/** Every page of Fieldfix with who may open it. The API's operations are listed the same way in api/operations.ts. */
export function makeRoutes(auth: Auth, options: { oidc: boolean }): readonly Route[] {
  const signIn = signInPages(auth, options);
  const singleSignOn = singleSignOnPages(auth);
  const secondStep = secondStepPages(auth);
  const passkeys = passkeyPaths(auth);
  const welcome = welcomePages(auth, options);
  const account = accountPages(auth);
  return [
    // ── Sign-in and accounts ──
    ['GET', '/sign-in', 'public', signIn.show],
    ['POST', '/sign-in', 'public', signIn.post],
    ['GET', '/sign-in/code', 'public', signIn.showCode],
    ['POST', '/sign-in/code', 'public', signIn.postCode],
    ['POST', '/sign-in/passkey/options', 'public', passkeys.signInOptions],
    ['POST', '/sign-in/passkey', 'public', passkeys.signIn],
    ['POST', '/sign-in/oidc', 'public', singleSignOn.start],
    ['GET', '/auth/callback/oidc', 'public', singleSignOn.callback],
    ['POST', '/sign-out', 'public', signIn.signOut],
    ['GET', '/welcome/:token', 'public', welcome.show],
    ['POST', '/welcome/:token', 'public', welcome.post],
    ['GET', '/account', 'signed-in', account.show],
    ['POST', '/account/password', 'signed-in', account.password],
    ['POST', '/account/backup-codes', 'signed-in', account.backupCodes],
    ['POST', '/account/sign-out-others', 'signed-in', account.signOutOthers],
    ['GET', '/account/second-step', 'signed-in', secondStep.show],
    ['POST', '/account/second-step', 'signed-in', secondStep.confirm],
    ['POST', '/account/second-step/begin', 'signed-in', secondStep.begin],
    ['POST', '/account/passkeys/options', 'signed-in', passkeys.addOptions],
    ['POST', '/account/passkeys', 'signed-in', passkeys.add],
    ['POST', '/account/passkeys/:key/remove', 'signed-in', passkeys.remove],
    ['GET', '/settings/accounts', 'account.manage', showStaff],
    ['POST', '/settings/accounts', 'account.manage', postInvitation],
    ['POST', '/settings/accounts/:id', 'account.manage', postAccountChange],
    ['POST', '/settings/accounts/invitations/:id/withdraw', 'account.manage', postWithdrawInvitation],
    ['GET', '/settings/keys', 'key.manage', showKeys],
    ['POST', '/settings/keys', 'key.manage', postKey],
    ['POST', '/settings/keys/:id/revoke', 'key.manage', postRevokeKey],

    // ── Home, search, tasks ──
    ['GET', '/', 'action.read', showHome],
    ['GET', '/help', 'signed-in', showHelp],
    ['GET', '/search', 'party.read', showSearch],
    ['GET', '/tasks', 'task.read', showTasks],
    ['GET', '/tasks/:id', 'task.read', showTask],
    ['POST', '/tasks/:id/own', 'task.work', postOwnTask],
    ['POST', '/tasks/:id/end', 'task.work', postEndTask],
    ['POST', '/tasks/:id/reopen', 'task.work', postReopenTask],
    // What solves a task, by its kind. Each ends the task with what was done.
    ['POST', '/tasks/:id/redirect', 'contact.change', postRedirect],
    ['POST', '/tasks/:id/left', 'contact.change', postLeft],
    ['POST', '/tasks/:id/contact', 'contact.change', postTaskContact],
    ['POST', '/tasks/:id/proposal', 'party.change', postProposal],
    ['POST', '/tasks/:id/set-right', 'reply.correct', postTaskSetRight],
    ['POST', '/tasks/:id/accept-unit', 'unit.change', postAcceptUnit],
    ['POST', '/tasks/:id/move-unit', 'unit.change', postMoveUnit],
    ['POST', '/tasks/:id/incident', 'incident.work', postIncident],

    // ── Suspected break-ins ──
    ['GET', '/incidents', 'task.read', showIncidents],
    ['GET', '/incidents/:id', 'task.read', showIncident],
    ['POST', '/incidents/:id/state', 'incident.work', postIncidentState],
    ['POST', '/incidents/:id/owner', 'incident.work', postIncidentOwner],
    ['POST', '/incidents/:id/notes', 'incident.work', postIncidentNote],
    ['POST', '/incidents/:id/examination', 'incident.work', postIncidentExamination],
    ['POST', '/incidents/:id/evidence', 'incident.work', postIncidentEvidence],
    ['GET', '/incidents/:id/evidence/:entry', 'incident.work', getEvidence],
    ['GET', '/actions/:id/examination', 'action.read', showGuide],
    ['POST', '/actions/:id/examination', 'action.change', postGuide],
    ['POST', '/actions/:id/examination/steps', 'action.change', postGuideStep],
    ['POST', '/actions/:id/examination/steps/:key/remove', 'action.change', postRemoveStep],

    // ── Parties, units, products ──
    ['GET', '/parties', 'party.read', showParties],
    ['GET', '/parties/:id', 'party.read', showParty],
    ['POST', '/parties/:id/attempts', 'attempt.record', postAttempt],
    ['GET', '/parties/:id/call', 'attempt.record', openCall],
    ['GET', '/parties/:id/contacts/new', 'contact.change', showNewContact],
    ['POST', '/parties/:id/contacts', 'contact.change', postContact],
    ['POST', '/paper-forms', 'delivery.read', postPaperForm],
    ['GET', '/contacts/:id', 'contact.change', showContact],
    ['POST', '/contacts/:id', 'contact.change', postContactChange],
    ['POST', '/contacts/:id/files', 'contact.change', postContactFiles],
    ['GET', '/units', 'unit.read', showUnits],
    ['GET', '/units/:id', 'unit.read', showUnit],
    ['GET', '/products', 'product.read', showProducts],
    ['GET', '/products/:id', 'product.read', showProduct],

    // ── Imports ──
    ['GET', '/imports', 'import.stage', showImports],
    ['GET', '/imports/new', 'import.stage', showNewImport],
    ['POST', '/imports', 'import.stage', postImport],
    ['GET', '/imports/templates/:name', 'import.stage', getTemplate],
    ['GET', '/imports/:id', 'import.stage', showImport],
    ['GET', '/imports/:id/mapping', 'import.stage', showImport],
    ['POST', '/imports/:id/mapping', 'import.stage', postMapping],
    ['POST', '/imports/:id/reading', 'import.stage', postReading],
    ['POST', '/imports/:id/cancel', 'import.stage', postCancel],
    ['POST', '/imports/:id/discard', 'import.stage', postDiscard],
    ['POST', '/imports/:id/apply', 'import.apply', postApply],
    ['GET', '/imports/:id/rejected', 'import.stage', showRejected],
    ['GET', '/imports/:id/changes', 'import.stage', showChanges],

    // ── Actions, scope, remedies, notices, approvals ──
    ['GET', '/actions', 'action.read', showActions],
    ['GET', '/actions/new', 'action.create', showNewAction],
    ['POST', '/actions', 'action.create', postAction],
    ['GET', '/actions/:id', 'action.read', showDashboard],
    ['GET', '/actions/:id/describe', 'action.read', showDescribe],
    ['POST', '/actions/:id/describe', 'action.change', postDescribe],
    ['POST', '/actions/:id/environments', 'action.change', postEnvironments],
    ['POST', '/actions/:id/regimes', 'action.change', postRegimes],
    ['POST', '/actions/:id/vulnerabilities', 'action.change', postVulnerabilities],
    ['POST', '/actions/:id/remedies', 'action.change', postRemedy],
    ['POST', '/actions/:id/remedies/:remedyId/status', 'action.change', postRemedyStatus],
    ['GET', '/actions/:id/scope', 'action.read', showScope],
    ['GET', '/actions/:id/scope/units', 'action.read', showScopeUnits],
    ['POST', '/actions/:id/scope/rules', 'scope.compute', postScopeRule],
    ['POST', '/actions/:id/scope/rules/:rule/remove', 'scope.compute', postRemoveRule],
    ['POST', '/actions/:id/scope/run', 'scope.compute', postScopeRun],
    ['POST', '/actions/:id/scope/:run/apply', 'scope.apply', postScopeApply],
    ['GET', '/actions/:id/notice', 'notice.read', showNotice],
    ['POST', '/actions/:id/notice', 'notice.edit', postNotice],
    ['POST', '/actions/:id/form', 'notice.edit', postForm],
    ['GET', '/actions/:id/notice/versions', 'notice.read', showVersions],
    ['GET', '/actions/:id/notice/update', 'notice.edit', showUpdate],
    ['POST', '/actions/:id/notice/update', 'notice.edit', postUpdate],
    ['GET', '/actions/:id/holdings', 'delivery.read', showHoldings],
    ['GET', '/notices/:id', 'notice.read', showVersion],
    ['GET', '/notices/:id/compare', 'notice.read', showCompare],
    ['GET', '/notices/:id/beside', 'notice.read', showBeside],
    ['GET', '/notices/:id/sheet', 'notice.read', showSheet],
    ['GET', '/notices/:id/preview', 'notice.read', showPreview],
    ['GET', '/notices/:id/preview/mail', 'notice.read', showPreviewMail],
    ['GET', '/notices/:id/arrange', 'notice.read', showArrange],
    ['POST', '/notices/:id/arrange', 'notice.edit', postArrange],
    ['POST', '/notices/:id/update', 'notice.edit', postReach],
    ['POST', '/notices/:id/print-text', 'notice.edit', printText],
    ['GET', '/notices/:id/letter.pdf', 'notice.read', showPaperPreview],
    ['GET', '/notices/:id/form.pdf', 'notice.read', showFormPreview],
    ['GET', '/notices/:id/edit', 'notice.edit', showEdit],
    ['POST', '/notices/:id/edit', 'notice.edit', postEdit],
    ['POST', '/notices/:id/submit', 'notice.edit', postSubmit],
    ['POST', '/notices/:id/withdraw', 'notice.edit', postWithdraw],
    ['POST', '/notices/:id/approve', 'notice.read', postApproval],
    ['POST', '/notices/:id/test', 'notice.test', postTest],
    ['GET', '/actions/:id/notice/start', 'notice.edit', showStart],
    ['POST', '/actions/:id/notice/start', 'notice.edit', postStart],
    ['GET', '/notice-starts/:id', 'notice.edit', showNoticeStart],
    ['POST', '/notice-starts/:id/draft', 'notice.edit', postStartDraft],
    ['POST', '/notice-starts/:id/discard', 'notice.edit', postStartDiscard],
    ['GET', '/notices/:id/languages', 'notice.read', showLanguages],
    ['GET', '/notices/:id/languages/:language', 'notice.read', showLanguage],
    ['GET', '/notices/:id/languages/:language/recipients', 'notice.read', showLanguageRecipients],
    ['POST', '/notices/:id/languages/:language/export', 'notice.edit', postExport],
    ['POST', '/notices/:id/languages/:language/upload', 'notice.edit', postUpload],
    ['POST', '/notices/:id/languages/:language/back-translation', 'notice.edit', postBackTranslation],
    ['POST', '/notices/:id/languages/:language/sign-off', 'notice.sign-language', postSignoff],
    ['GET', '/translation-exports/:id/file', 'notice.edit', getExportFile],
    ['GET', '/translations/:id', 'notice.read', showTranslation],
    ['GET', '/translations/:id/file', 'notice.edit', getImportFile],
    ['POST', '/translations/:id/apply', 'notice.edit', postTake],
    ['POST', '/translations/:id/discard', 'notice.edit', postPutAway],
    ['GET', '/back-translations/:id/file', 'notice.read', getBackTranslation],
    ['GET', '/actions/:id/stage', 'action.read', showStage],
    ['POST', '/actions/:id/stage', 'action.move', postStage],
    ['GET', '/actions/:id/release', 'action.read', showRelease],
    ['POST', '/actions/:id/release', 'delivery.release', postRelease],
    ['GET', '/actions/:id/parties', 'action.read', showActionParties],
    ['GET', '/actions/:id/corrections', 'action.read', showCorrections],
    ['GET', '/actions/:id/permanent', 'action.read', showPermanent],
    ['GET', '/actions/:id/permanent/units', 'action.read', showFixPaths],
    ['GET', '/actions/:id/permanent/refused', 'action.read', showRefused],
    ['POST', '/actions/:id/permanent/propose', 'action.change', postPropose],
    ['POST', '/actions/:id/permanent/successor', 'action.create', postSuccessor],
    // Which signature is asked for by its own permission: remedy.sign.quality, remedy.sign.regulatory.
    ['POST', '/actions/:id/permanent/:remedyId/sign', 'action.read', postStartSign],
    ['POST', '/actions/:id/permanent/:remedyId/withdraw', 'action.change', postStartWithdrawal],
    ['GET', '/actions/:id/tasks', 'task.read', showActionTasks],

    // ── Packages, downloads ──
    ['GET', '/actions/:id/packages', 'package.read', showPackages],
    ['POST', '/actions/:id/packages', 'package.change', postPackage],
    ['POST', '/actions/:id/download-permissions', 'download.permit', postPermission],
    ['POST', '/download-permissions/:id/withdraw', 'download.permit', postPermissionWithdrawal],
    ['GET', '/actions/:id/downloads', 'package.read', showActionDownloads],
    ['GET', '/packages/:id', 'package.read', showPackage],
    ['POST', '/packages/:id/file', 'package.change', postFile],
    ['POST', '/packages/:id/upload-cancel', 'package.change', postUploadCancel],
    ['POST', '/packages/:id/description', 'package.change', postDescription],
    ['POST', '/packages/:id/limit', 'package.change', postLimit],
    ['POST', '/packages/:id/sign', 'package.read', postSign],
    ['POST', '/packages/:id/withdraw', 'package.withdraw', postWithdrawal],
    ['GET', '/packages/:id/downloads', 'package.read', showPackageDownloads],
    ['GET', '/downloads/:id', 'package.read', showDownload],

    // ── Replies, corrections ──
    ['GET', '/actions/:id/replies', 'reply.read', showReplies],
    // Forms that came back as PDF, scan or photo.
    ['GET', '/replies/read', 'reply.read', showPaperReplies],
    ['GET', '/replies/read/new', 'reply.record', showPaperUpload],
    ['POST', '/replies/read/new', 'reply.record', postPaperUpload],
    ['GET', '/replies/read/:id', 'reply.read', showPaperReply],
    ['POST', '/replies/read/:id', 'reply.record', postPaperReply],
    ['GET', '/replies/read/:id/pages/:number', 'reply.read', getPaperPage],
    ['GET', '/replies/read/:id/source', 'reply.read', getPaperSource],
    // Lists of a hospital group or a distributor.
    ['GET', '/spreadsheets', 'reply.read', showSheets],
    ['GET', '/actions/:id/spreadsheets', 'reply.read', showActionSheets],
    ['GET', '/actions/:id/spreadsheets/new', 'reply.record', showNewSheet],
    ['POST', '/actions/:id/spreadsheets', 'reply.record', postSheet],
    ['GET', '/spreadsheets/:id', 'reply.read', showSpreadsheet],
    ['GET', '/spreadsheets/:id/mapping', 'reply.record', showSpreadsheet],
    ['POST', '/spreadsheets/:id/mapping', 'reply.record', postSheetMapping],
    ['POST', '/spreadsheets/:id/reading', 'reply.record', postSheetReading],
    ['GET', '/spreadsheets/:id/rows', 'reply.read', showSheetRows],
    ['GET', '/spreadsheets/:id/source', 'reply.read', getSheetSource],
    ['POST', '/spreadsheets/:id/check', 'reply.record', postSheetCheck],
    ['POST', '/spreadsheets/:id/apply', 'reply.record', postSheetApply],
    ['POST', '/spreadsheets/:id/discard', 'reply.record', postSheetDiscard],
    ['POST', '/spreadsheets/:id/mandates', 'party.change', postSheetMandates],
    ['POST', '/mandates/:id/withdraw', 'party.change', postWithdrawMandate],
    ['GET', '/replies/:id', 'reply.read', showReply],
    ['GET', '/replies/:id/source', 'reply.read', getReplySource],
    ['POST', '/replies/:id/receipt', 'reply.record', postReceipt],
    ['GET', '/actions/:id/corrections/verify', 'correction.verify', showBulkVerify],
    ['POST', '/actions/:id/corrections/verify', 'correction.verify', postBulkVerify],
    ['GET', '/actions/:id/follow-up', 'action.read', showFollowUp],
    ['GET', '/actions/:id/follow-up/:queue', 'action.read', showFollowUp],
    ['GET', '/actions/:id/follow-up/:queue/remind', 'delivery.control', showRemind],
    ['POST', '/actions/:id/follow-up/:queue/remind', 'delivery.control', postRemind],
    ['GET', '/corrections/:id/follow-up/:queue', 'action.read', showAnswer],
    ['POST', '/corrections/:id/follow-up/:queue', 'task.work', postAnswer],
    ['GET', '/corrections/:id', 'action.read', showCorrection],
    ['POST', '/corrections/:id/verify', 'correction.verify', postVerify],
    ['POST', '/corrections/:id/set-right', 'reply.correct', postSetRight],
    ['GET', '/corrections/:id/ticket', 'ticket.issue', showTicket],
    ['POST', '/corrections/:id/ticket', 'ticket.issue', postTicket],
    ['GET', '/kits', 'action.read', showKits],
    ['GET', '/parties/:id/kit', 'kit.work', showKitRequest],
    ['POST', '/parties/:id/kit', 'kit.work', postKitRequest],
    ['GET', '/kits/ship', 'kit.work', showShip],
    ['POST', '/kits/ship', 'kit.work', postShip],
    ['GET', '/kits/print', 'kit.work', getKitPrint],
    ['GET', '/kits/:id', 'action.read', showKit],
    ['GET', '/kits/:id/change', 'kit.work', showKitChange],
    ['POST', '/kits/:id/change', 'kit.work', postKitChange],
    ['POST', '/kits/:id/prepare', 'kit.work', postPrepare],
    ['POST', '/kits/:id/move', 'kit.work', postKitMove],
    ['POST', '/kits/:id/undo', 'kit.work', postKitUndo],
    ['GET', '/kits/:id/file', 'kit.work', getKitFile],
    ['GET', '/codes', 'action.read', showCodes],
    ['POST', '/codes', 'code.enter', postCode],

    // ── Telephone ──
    ['GET', '/actions/:id/attempts', 'action.read', showAttempts],
    ['GET', '/actions/:id/calls', 'action.read', showCalls],
    ['POST', '/actions/:id/calls/next', 'attempt.record', postNextCall],
    ['GET', '/actions/:id/calls/:partyId', 'attempt.record', showCall],
    ['POST', '/actions/:id/calls/:partyId', 'attempt.record', postCall],
    ['POST', '/actions/:id/calls/:partyId/claim', 'attempt.record', postClaim],
    ['POST', '/actions/:id/calls/:partyId/release', 'attempt.record', postReleaseCall],
    ['GET', '/actions/:id/calls/:partyId/incident', 'incident.work', showIncidentCall],
    ['POST', '/actions/:id/calls/:partyId/incident', 'incident.work', postIncidentCall],

    // ── Deliveries, mailbox ──
    ['GET', '/actions/:id/deliveries', 'delivery.read', showDeliveries],
    ['GET', '/actions/:id/sending', 'delivery.control', showSending],
    ['POST', '/actions/:id/sending', 'delivery.control', postSending],
    ['GET', '/actions/:id/unsure', 'delivery.control', showUnsure],
    ['POST', '/actions/:id/unsure', 'delivery.control', postUnsure],
    // Printed letters and the mailbox show personal links: only to those who work with the parties.
    ['GET', '/actions/:id/print', 'attempt.record', showPrintQueue],
    ['POST', '/actions/:id/print', 'attempt.record', postPrintQueue],
    ['GET', '/actions/:id/print/letters', 'attempt.record', showPrintLetters],
    ['GET', '/actions/:id/print/letters.pdf', 'attempt.record', showPrintFile('letters')],
    ['GET', '/actions/:id/print/envelopes.pdf', 'attempt.record', showPrintFile('envelopes')],
    ['GET', '/actions/:id/print/labels.pdf', 'attempt.record', showPrintFile('labels')],
    ['POST', '/actions/:id/print/make', 'attempt.record', postMakeLetters],
    ['GET', '/actions/:id/post', 'delivery.read', showPost],
    ['POST', '/actions/:id/post/printed', 'attempt.record', postPrinted],
    ['GET', '/actions/:id/post/hand-in', 'attempt.record', showHandIn],
    ['POST', '/actions/:id/post/hand-in', 'attempt.record', postHandIn],
    ['GET', '/actions/:id/post/arrived', 'attempt.record', showArrived],
    ['POST', '/actions/:id/post/arrived', 'attempt.record', postArrived],
    ['GET', '/actions/:id/post/returned', 'attempt.record', showReturned],
    ['POST', '/actions/:id/post/returned', 'attempt.record', postReturned],
    ['GET', '/actions/:id/post/list', 'attempt.record', showNumbers],
    ['POST', '/actions/:id/post/list', 'attempt.record', postNumbers],
    ['GET', '/deliveries/:id', 'delivery.read', showDelivery],
    ['GET', '/deliveries/:id/letter', 'attempt.record', showLetter],
    ['GET', '/deliveries/:id/letter.pdf', 'attempt.record', showPaperLetter],
    ['POST', '/deliveries/:id/bounce', 'task.work', postBounce],
    ['POST', '/deliveries/:id/resolve', 'contact.change', postResolve],
    ['POST', '/deliveries/:id/handled', 'attempt.record', postHandled],
    ['POST', '/deliveries/:id/address', 'party.change', postAddressMend],
    ['POST', '/deliveries/:id/not-returned', 'attempt.record', postNotReturned],
    ['POST', '/deliveries/:id/link', 'contact.change', postLink],
    ['GET', '/actions/:id/deadlines', 'deadline.read', showDeadlines],
    ['GET', '/deadlines/:id', 'deadline.read', showDeadline],
    ['POST', '/deadlines/:id', 'deadline.override', postDeadline],
    ['GET', '/mailbox', 'mailbox.read', showMailbox],
    ['GET', '/mailbox/:id', 'mailbox.read', showMailboxMessage],
    ['GET', '/mailbox/:id/body', 'mailbox.read', showMailboxBody],
    ['GET', '/mailbox/:id/source', 'mailbox.read', showMailboxSource],

    // ── Post room ──
    ['GET', '/postroom', 'message.read', showPostRoom],
    ['POST', '/postroom', 'message.decide', postEndings],
    ['GET', '/postroom/new', 'message.keep', showMailUpload],
    ['POST', '/postroom/new', 'message.keep', postMailUpload],
    ['GET', '/postroom/doors', 'message.read', showDoors],
    ['GET', '/postroom/next', 'message.read', showNext],
    ['GET', '/postroom/:id', 'message.read', showMessage],
    ['POST', '/postroom/:id', 'message.decide', postDecision],
    ['GET', '/postroom/:id/source', 'message.read', getSource],
    ['GET', '/postroom/:id/attachments/:index', 'message.read', getAttachment],
    ['POST', '/postroom/:id/attached', 'message.keep', postAttached],
    ['POST', '/postroom/:id/list', 'message.decide', postMessageList],
    // The holder of a proposed address says whether letters should come there.
    ['GET', '/address/:token', 'public', showAddress],
    ['POST', '/address/:token', 'public', postAddress],

    // A machine posts the code it has computed.
    ['POST', '/verifier/code', 'public', postVerifierCode],
    ['GET', '/verifier/:file', 'public', sendVerifierProgram],

    // ── History, settings ──
    ['GET', '/settings', 'setting.change', showServer],
    ['GET', '/settings/trust', 'trust.manage', showTrust],
    ['GET', '/settings/trust/root-to-sign', 'trust.manage', getRootToSign],
    ['POST', '/settings/trust', 'trust.manage', postTrust],
    ['GET', '/settings/webhooks', 'webhook.manage', showWebhooks],
    ['POST', '/settings/webhooks', 'webhook.manage', postWebhook],
    ['GET', '/settings/webhooks/:id', 'webhook.manage', showWebhook],
    ['POST', '/settings/webhooks/:id', 'webhook.manage', postWebhookChange],
    ['GET', '/history', 'event.read', showHistory],
    ['GET', '/history/verify', 'event.read', showVerify],
    ['GET', '/actions/:id/history', 'event.read', showActionHistory],

    ['GET', '/settings/mail', 'setting.change', showMailSettings],
    ['POST', '/settings/mail', 'setting.change', postMailDomain],
    ['GET', '/settings/countries', 'action.read', showCountries],
    ['GET', '/settings/languages', 'action.read', showWordLanguages],
    ['GET', '/settings/calendars', 'action.read', showCalendars],
    ['POST', '/settings/calendars', 'country.override', postCalendar],
    ['POST', '/settings/calendars/:country/withdraw', 'country.override', postWithdrawCalendar],
    ['POST', '/settings/countries', 'country.override', postCountry],
    ['POST', '/settings/countries/:country/withdraw', 'country.override', postWithdrawCountry],

    // ── The portal ──
    ...portalRoutes,
  ];
}
