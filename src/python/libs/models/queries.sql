-- name: list
select name, dimension, max_tokens, state, is_previous, progress, built_at, switched_at
  from list_models()

-- name: states
select m.name, case when a.name = m.name then 'active' else m.state end
  from models m cross join active_model a

-- name: active
select name from active_model

-- name: hold_active
select hold_active_model()

-- name: offer
select offer_model(%(name)s, %(dimension)s, %(max_tokens)s, %(query_prefix)s, %(passage_prefix)s,
                   %(fingerprint)s)

-- name: adopt
select adopt_model(%(name)s)

-- name: settle
select settle_builds()

-- name: claim
select model, workspace_id, passage_id from claim_backlog(%(models)s, %(lease)s, %(most)s)

-- name: build
select build_model(%(name)s)

-- name: switch
select switch_model(%(name)s, 'switch', %(evidence)s)

-- name: roll_back
select roll_back_model()

-- name: remove
select remove_model(%(name)s)
