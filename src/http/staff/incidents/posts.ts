/** What staff do with an incident. Each answers with the page again where it is refused, with what was typed. */
import {
  examineIncident,
  examineInput,
  noteIncident,
  noteIncidentInput,
  ownIncident,
} from '../../../app/incident-entries.ts';
import { fetchEvidence, keepEvidence } from '../../../app/incident-evidence.ts';
import { workIncidentInput, workIncidents } from '../../../app/incident-work.ts';
import { isRefusal, refuse } from '../../../domain/refusal.ts';
import { type C, fieldText, idParam, readForm, seeOther } from '../../context.ts';
import { evidenceAnswer } from '../../evidence-answer.ts';
import { answerRefusal, refusalError } from '../../refusal.tsx';
import { setFlash } from '../../ui/flash.ts';
import { errorsFromZod, refusedForm } from '../../ui/form.ts';
import { readUpload } from '../../upload.ts';
import { incidentPage, withIncident } from './incident.tsx';

/** POST /incidents/:id/state */
export function postIncidentState(c: C): Promise<Response> {
  return withIncident(c, async (incident) => {
    const body = await readForm(c);
    const input = workIncidentInput.safeParse({
      incidentIds: [incident.id],
      state: fieldText(body, 'state'),
      reason: fieldText(body, 'reason'),
    });
    if (!input.success) return incidentPage(c, incident, { move: refusedForm(body, errorsFromZod(input.error)) });
    const done = await workIncidents(c.get('ctx'), input.data);
    if (isRefusal(done)) return incidentPage(c, incident, { move: refusedForm(body, [refusalError(done)]) });
    setFlash(c, { tone: 'done', text: `The incident is ${input.data.state}.` });
    return seeOther(c, `/incidents/${incident.id}`);
  });
}

/** POST /incidents/:id/notes */
export function postIncidentNote(c: C): Promise<Response> {
  return withIncident(c, async (incident) => {
    const body = await readForm(c);
    const input = noteIncidentInput.safeParse({
      kind: fieldText(body, 'kind') || undefined,
      words: fieldText(body, 'words'),
      shown: fieldText(body, 'shown') === 'yes',
    });
    if (!input.success) return incidentPage(c, incident, { note: refusedForm(body, errorsFromZod(input.error)) });
    const done = await noteIncident(c.get('ctx'), incident.id, input.data);
    if (isRefusal(done)) return incidentPage(c, incident, { note: refusedForm(body, [refusalError(done)]) });
    setFlash(c, { tone: 'done', text: 'Added.' });
    return seeOther(c, `/incidents/${incident.id}#timeline`);
  });
}

/** POST /incidents/:id/owner */
export function postIncidentOwner(c: C): Promise<Response> {
  return withIncident(c, async (incident) => {
    const staffId = fieldText(await readForm(c), 'staffId');
    const done = await ownIncident(c.get('ctx'), incident.id, { staffId });
    if (isRefusal(done)) return answerRefusal(c, done, `/incidents/${incident.id}`);
    setFlash(c, { tone: 'done', text: `It is ${done.owner}’s.` });
    return seeOther(c, `/incidents/${incident.id}`);
  });
}

/** POST /incidents/:id/examination: answers heard on the telephone. */
export function postIncidentExamination(c: C): Promise<Response> {
  return withIncident(c, async (incident) => {
    const body = await readForm(c);
    const keys = Object.keys(body).flatMap((name) => /^(?:finding|words)\.(.+)$/.exec(name)?.[1] ?? []);
    const steps = [...new Set(keys)].map((step) => ({
      step,
      finding: fieldText(body, `finding.${step}`),
      words: fieldText(body, `words.${step}`),
    }));
    const orphan = steps.find((one) => one.finding === '' && one.words.trim() !== '');
    const input = examineInput.safeParse({ language: 'en', answers: steps.filter((one) => one.finding !== '') });
    if (orphan || !input.success) {
      const message = 'Say what was found, even if it was not checked.';
      const field = `finding.${orphan?.step ?? steps[0]?.step ?? ''}`;
      return incidentPage(c, incident, { steps: refusedForm(body, [{ field, message }]) });
    }
    const done = await examineIncident(c.get('ctx'), incident.id, input.data);
    if (isRefusal(done)) return incidentPage(c, incident, { steps: refusedForm(body, [refusalError(done)]) });
    setFlash(c, { tone: 'done', text: done.answers === 0 ? 'Nothing was changed.' : 'The answers are saved.' });
    return seeOther(c, `/incidents/${incident.id}#examination`);
  });
}

/** POST /incidents/:id/evidence */
export function postIncidentEvidence(c: C): Promise<Response> {
  return withIncident(c, async (incident) => {
    const upload = await readUpload(c);
    const fields = upload?.fields ?? {};
    let file = upload?.file;
    if (!upload || !file) {
      const form = refusedForm(fields, [{ field: 'file', message: 'Choose a file.' }]);
      return incidentPage(c, incident, { file: form });
    }
    while (file) {
      const kept = await keepEvidence(c.get('ctx'), incident.id, { ...file, words: fields['file-words'] ?? '' });
      if (isRefusal(kept)) return incidentPage(c, incident, { file: refusedForm(fields, [refusalError(kept)]) });
      file = await upload.next();
    }
    setFlash(c, { tone: 'done', text: 'Kept.' });
    return seeOther(c, `/incidents/${incident.id}#evidence`);
  });
}

/** GET /incidents/:id/evidence/:entry: the file as it came. */
export async function getEvidence(c: C): Promise<Response> {
  const id = idParam(c, 'id');
  const entry = idParam(c, 'entry');
  const file =
    id === undefined || entry === undefined ? refuse('incident.unknown') : await fetchEvidence(c.get('ctx'), id, entry);
  return isRefusal(file) ? answerRefusal(c, file, '/incidents') : evidenceAnswer(file);
}
