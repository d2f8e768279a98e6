import { asActor, type Context, type Deps } from '../app/context.ts';
import { forgetOldAttempts } from '../app/credentials.ts';
import { missDeadlines } from '../app/deadlines.ts';
import { makeMailFiles } from '../app/delivery-files-make.ts';
import { sendDueDeliveries } from '../app/delivery-send.ts';
import { recoverDeliveries } from '../app/delivery-unsure.ts';
import { forgetAnswers } from '../app/idempotency.ts';
import { checkImport, resumeImports, runImport } from '../app/imports.ts';
import { watchKits } from '../app/kit-watch.ts';
import { makeLetters, sweepLetters } from '../app/letter-making.ts';
import { readAttachments } from '../app/message-attachments.ts';
import { readMessages } from '../app/message-read.ts';
import { forgetUploads } from '../app/package-uploads.ts';
import { readPaperFiles } from '../app/paper-replies.ts';
import { resumeStarts, runStart } from '../app/remedy-start-run.ts';
import { sendReminders } from '../app/reminders.ts';
import { resumeScopeRuns, runScope } from '../app/scope.ts';
import { workSpreadsheets } from '../app/spreadsheets.ts';
import { publishTrust } from '../app/trust.ts';
import { deliverWebhooks } from '../app/webhook-delivery.ts';
import type { Queue } from './queue.ts';

/** The house as a job sees it: Fieldfix itself asks, under the job's name. */
function asJob(deps: Deps, name: string): Context {
  return asActor(deps, { kind: 'system', name });
}

/**
 * Every job and every schedule, each one line into app/. Rows are the truth and a job only a clock: what a lost job
 * would have done is found again by the next sweep, and running one twice does nothing twice.
 */
export function registerJobs(queue: Queue, deps: Deps): void {
  // Letters: at once after a release or a change, and every minute for those whose next try has come.
  queue.work('send-deliveries', async (_data, run) => {
    await sendDueDeliveries(asJob(deps, 'send-deliveries'), { signal: run.signal });
  });
  queue.schedule('send-deliveries', '* * * * *');

  // The letter and the form as PDF, for those whose mail server takes them.
  queue.work('make-mail-files', async (_data, run) => {
    await makeMailFiles(asJob(deps, 'make-mail-files'), run.signal);
  });
  queue.schedule('make-mail-files', '* * * * *');

  // Letters that a server had in its hands when it died. Another server may still be alive, so only the old ones.
  queue.work('recover-deliveries', async () => {
    await recoverDeliveries(asJob(deps, 'recover-deliveries'));
  });
  queue.schedule('recover-deliveries', '*/5 * * * *');

  // Letters on paper: when somebody asks for them, and those that wait to be posted by themselves.
  queue.work(
    'make-letters',
    async (data, run) => {
      await makeLetters(asJob(deps, 'make-letters'), { actionId: Number(data.actionId), signal: run.signal });
    },
    { expireInSeconds: 4 * 60 * 60 },
  );
  queue.work('sweep-letters', (_data, run) => sweepLetters(asJob(deps, 'sweep-letters'), run.signal), {
    expireInSeconds: 4 * 60 * 60,
  });
  queue.schedule('sweep-letters', '*/5 * * * *');

  queue.work('send-reminders', async () => {
    await sendReminders(asJob(deps, 'send-reminders'));
  });
  queue.schedule('send-reminders', '5 * * * *');

  queue.work('miss-deadlines', async () => {
    await missDeadlines(asJob(deps, 'miss-deadlines'));
  });
  queue.schedule('miss-deadlines', '10 * * * *');

  // Kits that were sent and of which nothing was heard.
  queue.work('watch-kits', async () => {
    await watchKits(asJob(deps, 'watch-kits'));
  });
  queue.schedule('watch-kits', '15 * * * *');

  // The post room: what came in is read at once, and by the next sweep what a server left behind.
  queue.work('read-messages', async (_data, run) => {
    await readMessages(asJob(deps, 'read-messages'), { signal: run.signal });
  });
  queue.schedule('read-messages', '* * * * *');
  queue.work('read-attachments', async (_data, run) => {
    await readAttachments(asJob(deps, 'read-attachments'), { signal: run.signal });
  });
  queue.schedule('read-attachments', '* * * * *');

  // Forms that came back as PDF, scan or photo.
  queue.work('read-paper', async (_data, run) => {
    await readPaperFiles(asJob(deps, 'read-paper'), { signal: run.signal });
  });
  queue.schedule('read-paper', '* * * * *');

  // Lists that were sent as answers: checked, and written as replies when somebody has approved them.
  queue.work(
    'work-spreadsheets',
    async (_data, run) => {
      await workSpreadsheets(asJob(deps, 'work-spreadsheets'), { signal: run.signal });
    },
    { expireInSeconds: 60 * 60 },
  );
  queue.schedule('work-spreadsheets', '* * * * *');

  queue.work('deliver-webhooks', async () => {
    await deliverWebhooks(asJob(deps, 'deliver-webhooks'));
  });
  queue.schedule('deliver-webhooks', '* * * * *');

  // Answers kept for an Idempotency-Key, once nobody can ask for them any more.
  queue.work('forget-answers', async () => {
    await forgetAnswers(asJob(deps, 'forget-answers'));
  });
  queue.schedule('forget-answers', '20 3 * * *');

  // Wrong tries, ended sessions and unused challenges of the sign-in.
  queue.work('forget-attempts', async () => {
    await forgetOldAttempts(deps);
  });
  queue.schedule('forget-attempts', '25 3 * * *');

  // The scope rules over a large field; a run that a server left behind is gone on with.
  queue.work('run-scope', async (data) => {
    await runScope(asJob(deps, 'run-scope'), Number(data.runId));
  });
  queue.work('resume-scope', () => resumeScopeRuns(asJob(deps, 'resume-scope')));
  queue.schedule('resume-scope', '*/5 * * * *');

  // A second remedy that begins in a large field.
  queue.work('run-remedy-start', async (data) => {
    await runStart(asJob(deps, 'run-remedy-start'), Number(data.id));
  });
  queue.work('resume-remedy-starts', () => resumeStarts(asJob(deps, 'resume-remedy-starts')));
  queue.schedule('resume-remedy-starts', '*/5 * * * *');

  // The signed repository: after a release or withdrawal at once; what would run out is renewed long before.
  queue.work('publish-trust', async () => {
    await publishTrust(asJob(deps, 'publish-trust'));
  });
  queue.schedule('publish-trust', '40 * * * *');

  queue.work('forget-uploads', async () => {
    await forgetUploads(asJob(deps, 'forget-uploads'));
  });
  queue.schedule('forget-uploads', '45 3 * * *');

  // Imports: one check and one application at a time; a long file takes its time.
  const long = { expireInSeconds: 4 * 60 * 60 };
  queue.work(
    'check-import',
    (data, run) => checkImport(asJob(deps, 'check-import'), Number(data.id), run.signal),
    long,
  );
  queue.work('apply-import', (data, run) => runImport(asJob(deps, 'apply-import'), Number(data.id), run.signal), long);
  queue.work('resume-imports', () => resumeImports(asJob(deps, 'resume-imports')));
  queue.schedule('resume-imports', '*/2 * * * *');
}
