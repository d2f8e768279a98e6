import type { VNode } from 'preact';
import type { PackageDetail } from '../../../app/queries/packages.ts';
import { fileSize } from '../../portal/patch/words.tsx';
import { FileInput, Form, SubmitButton, TextInput } from '../../ui/field.tsx';
import type { FormState } from '../../ui/form.ts';
import { Card, Identifier, KeyValue } from '../../ui/parts.tsx';
import { Moment } from '../../ui/time.tsx';

interface Props {
  row: PackageDetail;
  upload:
    | { id: number; file_name: string; received: number; length: number | null; by_name: string; changed_at: Date }
    | undefined;
  form?: FormState | undefined;
  mayChange: boolean;
}

/** The file with its hashes; in draft, the way to upload it. With JavaScript it goes on after a cut. */
export function FileCard({ row, upload, form, mayChange }: Props): VNode {
  return (
    <Card title="File" id="file">
      {row.hasFile ? (
        <KeyValue
          rows={[
            { label: 'SHA-256', value: <Identifier>{row.sha256}</Identifier> },
            { label: 'SHA-512', value: <Identifier>{row.sha512}</Identifier> },
            { label: 'Bytes', value: <Identifier>{String(row.size ?? 0)}</Identifier> },
          ]}
        />
      ) : row.sha256 === '' ? (
        <p>No file yet.</p>
      ) : (
        <p>
          No file yet. Its SHA-256 has to be <Identifier>{row.sha256}</Identifier>.
        </p>
      )}
      {upload ? <OpenUpload row={row} upload={upload} mayChange={mayChange} /> : null}
      {row.state === 'draft' && mayChange ? (
        <Form action={`/packages/${row.id}/file`} upload id="package-upload">
          <TextInput
            form={form}
            name="sha256"
            label={row.hasFile ? 'SHA-256 of the new file, if you know it' : 'SHA-256, if you know it'}
            hint="What was computed where the file was built. A file that differs is refused."
            identifier
          />
          {/* Last: what comes after the file in a form is read only when the file is through. */}
          <FileInput
            form={form}
            name="file"
            label={row.hasFile ? 'Another file in its place' : 'The file'}
            hint="Of any size. Choose the same file again after an interruption: it goes on where it stopped."
            required
          />
          <SubmitButton icon="upload">Upload</SubmitButton>
          <div class="ff-upload-progress" hidden data-package-upload={row.id}>
            <progress max="1" value="0" aria-label="Upload" />
            <output />
            <button type="button" class="btn ff-btn-secondary">
              Pause
            </button>
          </div>
        </Form>
      ) : null}
      {row.state === 'draft' ? (
        <p class="ff-hint">
          From the command line: <code>fieldfix package upload FILE --package {row.id}</code>
        </p>
      ) : null}
    </Card>
  );
}

function OpenUpload({
  row,
  upload,
  mayChange,
}: {
  row: PackageDetail;
  upload: NonNullable<Props['upload']>;
  mayChange: boolean;
}): VNode {
  const soFar = `${fileSize(upload.received, 'en-GB')}${upload.length === null ? '' : ` of ${fileSize(upload.length, 'en-GB')}`}`;
  return (
    <div class="ff-upload-open" role="note">
      <p>
        An upload of <Identifier>{upload.file_name || row.fileName}</Identifier> by {upload.by_name} has come to {soFar}
        , at <Moment at={upload.changed_at} />.
      </p>
      {mayChange ? (
        <Form action={`/packages/${row.id}/upload-cancel`}>
          <SubmitButton tone="secondary" small>
            Give it up
          </SubmitButton>
        </Form>
      ) : null}
    </div>
  );
}
