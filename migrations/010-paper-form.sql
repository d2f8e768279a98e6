-- A verification form printed for one contact: what stands where on it, so that it can be read when it comes back.
-- A row is never changed: other units, another form or another way of printing make another row, with another code.
create table paper_form (
  id bigint generated always as identity primary key,
  -- short and unguessable; with page, language and a check in the QR code of each page
  code text not null unique,
  action_id bigint not null references action,
  form_id bigint not null references form,
  notice_id bigint references notice,
  party_id bigint not null references party,
  contact_id bigint not null references contact,
  -- the letter it was first made for
  delivery_id bigint references delivery,
  language text not null,
  paper text not null check (paper in ('a4', 'letter')),
  pages int not null check (pages > 0),
  layout jsonb not null,
  -- of everything printed on it; the same form printed again is the same row
  content_hash text not null,
  created_at timestamptz not null,
  unique (contact_id, form_id, content_hash)
);
create index paper_form_party on paper_form (party_id, action_id);

-- What a contact's mail server takes: bytes of a whole message. Null: what holds for its domain, or for the server.
-- 0: links only.
alter table contact add column attachment_limit int check (attachment_limit >= 0);
create index contact_files on contact (id) where attachment_limit > 0;
create table mail_domain (
  domain text primary key check (domain = lower(domain)),
  attachment_limit int not null check (attachment_limit >= 0),
  reason text not null,
  changed_by text not null,
  changed_at timestamptz not null
);

-- Files that go with a letter, made ahead. A letter whose files are wanted waits for them; plain letters do not.
alter table delivery add column files text not null default 'none' check (files in ('none', 'wanted', 'ready'));
create index delivery_files on delivery (id) where files = 'wanted';
create table delivery_file (
  delivery_id bigint not null references delivery,
  position int not null,
  file_id bigint not null references file,
  primary key (delivery_id, position)
);
