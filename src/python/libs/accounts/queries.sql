-- name: authenticate
select workspace_id, workspace_name, %(key_id)s::uuid as key_id, name as key_name
  from authenticate_key(%(key_id)s, %(sha256)s)

-- name: record
insert into audit (workspace_id, id, api_key_id, action, subject_kind, subject_id)
values (%(workspace_id)s, %(id)s, %(key_id)s, %(action)s, %(subject_kind)s, %(subject_id)s)

-- name: begin_request
-- waits for a transaction that has inserted the same key
insert into idempotency_keys (workspace_id, key, fingerprint)
values (%(workspace_id)s, %(key)s, %(fingerprint)s)
    on conflict do nothing

-- name: get_request
select fingerprint, status, body, subject_id
  from idempotency_keys
 where workspace_id = %(workspace_id)s and key = %(key)s

-- name: finish_request
update idempotency_keys
   set status = %(status)s, body = %(body)s, subject_id = %(subject_id)s
 where workspace_id = %(workspace_id)s and key = %(key)s

-- name: expire_requests
select expire_idempotency_keys(%(older_than)s)

-- name: lock_workspaces
select pg_advisory_xact_lock(hashtext('ibid.workspaces'))

-- name: find_workspace
select id from list_workspaces() where name = %(name)s limit 1

-- name: create_workspace
select create_workspace(%(id)s, %(name)s)

-- name: create_key
select create_api_key(%(workspace_id)s, %(id)s, %(name)s, %(sha256)s)

-- name: revoke_key
select revoke_api_key(%(id)s)
