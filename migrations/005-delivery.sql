-- What sending and its clocks look up for each letter.
drop index delivery_party;
create index delivery_party on delivery (party_id, action_id, kind);
create index delivery_link on delivery (link_id) where link_id is not null;
-- Pacing counts what went to a domain within the last minute.
create index delivery_pace on delivery (claimed_at, domain) where claimed_at is not null;
create index deadline_party on deadline (party_id, action_id) where party_id is not null;
create index mailbox_delivery on mailbox_message (delivery_id) where delivery_id is not null;
create index task_delivery on task (delivery_id) where delivery_id is not null;
