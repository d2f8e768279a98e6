import type { VNode } from 'preact';
import type { IncidentPage } from '../../../app/queries/incidents.ts';
import { fileSize } from '../../portal/patch/words.tsx';
import { FileInput, Form, SubmitButton, TextArea } from '../../ui/field.tsx';
import type { FormState } from '../../ui/form.ts';
import { Alert, Card, Identifier } from '../../ui/parts.tsx';
import { Moment } from '../../ui/time.tsx';

/** What was sent, as downloads that nothing opens by itself, and where more is added. */
export function EvidenceCard({ incident, form }: { incident: IncidentPage; form: FormState | undefined }): VNode {
  return (
    <Card title="Evidence" id="evidence">
      <Files incident={incident} />
      {form ? <FileForm incident={incident} form={form} /> : null}
    </Card>
  );
}

function Files({ incident }: { incident: IncidentPage }): VNode {
  const files = incident.entries.filter((entry) => entry.kind === 'evidence');
  if (files.length === 0) return <p class="ff-muted">Nothing was sent yet.</p>;
  return (
    <>
      <Alert tone="note" title="It may be what did the harm">
        <p>
          Nothing here was opened. Files come with <code>.evidence</code> behind their name: examine them on a machine
          made for that.
        </p>
      </Alert>
      <ul class="ff-evidence">
        {files.map((entry) => (
          <li key={entry.id}>
            <a href={`/incidents/${incident.id}/evidence/${entry.id}`}>{entry.file_name}</a>,{' '}
            {fileSize(entry.size ?? 0, 'en-GB')}, from {entry.by_name}, <Moment at={entry.at} />
            {entry.words ? <p>{entry.words}</p> : null}
            <p class="ff-hint">
              SHA-256 <Identifier>{entry.sha256 ?? ''}</Identifier>
            </p>
          </li>
        ))}
      </ul>
    </>
  );
}

function FileForm({ incident, form }: { incident: IncidentPage; form: FormState }): VNode {
  return (
    <Form action={`/incidents/${incident.id}/evidence`} upload>
      <TextArea form={form} name="file-words" label="What it is" rows={1} maxLength={2000} />
      <FileInput
        form={form}
        name="file"
        label="Files"
        hint="Up to 256 MB each, kept apart from all others."
        multiple
        required
      />
      <SubmitButton icon="upload">Keep them</SubmitButton>
    </Form>
  );
}
