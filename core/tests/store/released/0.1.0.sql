BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0001');
CREATE TABLE attempts (
	id INTEGER NOT NULL, 
	delivery_id INTEGER NOT NULL, 
	number INTEGER NOT NULL, 
	kind VARCHAR(255) NOT NULL, 
	owner VARCHAR(255) NOT NULL, 
	started_at FLOAT NOT NULL, 
	ended_at FLOAT, 
	outcome VARCHAR(255), 
	text TEXT, 
	CONSTRAINT pk_attempts PRIMARY KEY (id)
);
INSERT INTO "attempts" VALUES(1,5,1,'send','host|boot|1|2',1700000000.0,1700000000.0,'accepted',NULL);
CREATE TABLE audit (
	id INTEGER NOT NULL, 
	at FLOAT NOT NULL, 
	who VARCHAR(255) NOT NULL, 
	why TEXT NOT NULL, 
	verb VARCHAR(255) NOT NULL, 
	subject VARCHAR(255) NOT NULL, 
	detail JSON, 
	CONSTRAINT pk_audit PRIMARY KEY (id)
);
INSERT INTO "audit" VALUES(1,1700000000.0,'ada','release night','pause','assurance','{"for":"1 h"}');
CREATE TABLE backoffice_states (
	name VARCHAR(255) NOT NULL, 
	state VARCHAR(255) NOT NULL, 
	reason TEXT, 
	since FLOAT NOT NULL, 
	try_at FLOAT, 
	failures INTEGER NOT NULL, 
	CONSTRAINT pk_backoffice_states PRIMARY KEY (name)
);
INSERT INTO "backoffice_states" VALUES('assurance','down','refused the connection',1700000000.0,1700000008.0,3);
CREATE TABLE batches (
	name VARCHAR(255) NOT NULL, 
	backoffice VARCHAR(255) NOT NULL, 
	entity VARCHAR(255) NOT NULL, 
	members JSON NOT NULL, 
	created_at FLOAT NOT NULL, 
	CONSTRAINT pk_batches PRIMARY KEY (name)
);
INSERT INTO "batches" VALUES('billing-account-1','billing','account','[5]',1700000000.0);
CREATE TABLE changes (
	seq INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	entity VARCHAR(255) NOT NULL, 
	record_id VARCHAR(255) NOT NULL, 
	version INTEGER NOT NULL, 
	origin VARCHAR(255) NOT NULL, 
	fields JSON NOT NULL, 
	message_id VARCHAR(255) NOT NULL, 
	causation_id VARCHAR(255), 
	hop INTEGER NOT NULL, 
	at FLOAT NOT NULL
);
INSERT INTO "changes" VALUES(1,'account','a1',3,'front','["name"]','m3','m2',1,1700000000.0);
CREATE TABLE conflicts (
	id INTEGER NOT NULL, 
	backoffice VARCHAR(255) NOT NULL, 
	entity VARCHAR(255) NOT NULL, 
	record_id VARCHAR(255) NOT NULL, 
	path VARCHAR(255) NOT NULL, 
	kind VARCHAR(255) NOT NULL, 
	ours JSON, 
	theirs JSON, 
	kept VARCHAR(255) NOT NULL, 
	message_id VARCHAR(255), 
	at FLOAT NOT NULL, 
	CONSTRAINT pk_conflicts PRIMARY KEY (id)
);
INSERT INTO "conflicts" VALUES(1,'billing','account','a1','name','crossed','"Ada"','"ADA"','ours','m2',1700000000.0);
CREATE TABLE cross_references (
	backoffice VARCHAR(255) NOT NULL, 
	resource VARCHAR(255) NOT NULL, 
	external_id VARCHAR(255) NOT NULL, 
	entity VARCHAR(255) NOT NULL, 
	record_id VARCHAR(255) NOT NULL, 
	bound_at FLOAT NOT NULL, 
	CONSTRAINT pk_cross_references PRIMARY KEY (backoffice, resource, external_id), 
	CONSTRAINT uq_cross_references_record UNIQUE (backoffice, resource, entity, record_id)
);
INSERT INTO "cross_references" VALUES('billing','account','0.0.0.1 /account 77 0','account','a1',1700000000.0);
CREATE TABLE cursors (
	backoffice VARCHAR(255) NOT NULL, 
	source VARCHAR(255) NOT NULL, 
	position TEXT, 
	at FLOAT NOT NULL, 
	CONSTRAINT pk_cursors PRIMARY KEY (backoffice, source)
);
INSERT INTO "cursors" VALUES('billing','events','20',1700000000.0);
CREATE TABLE deliveries (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	lane_id INTEGER NOT NULL, 
	seq INTEGER NOT NULL, 
	runnable BOOLEAN NOT NULL, 
	state VARCHAR(255) NOT NULL, 
	backoffice VARCHAR(255) NOT NULL, 
	process VARCHAR(255) NOT NULL, 
	entity VARCHAR(255) NOT NULL, 
	record_id VARCHAR(255) NOT NULL, 
	version INTEGER NOT NULL, 
	action VARCHAR(255) NOT NULL, 
	payload VARCHAR(255) NOT NULL, 
	mode VARCHAR(255) NOT NULL, 
	first_send VARCHAR(255) NOT NULL, 
	document JSON, 
	condition JSON, 
	cause VARCHAR(255) NOT NULL, 
	interactive BOOLEAN NOT NULL, 
	message_id VARCHAR(255) NOT NULL, 
	correlation_id VARCHAR(255) NOT NULL, 
	causation_id VARCHAR(255), 
	hop INTEGER NOT NULL, 
	not_after FLOAT, 
	planned_at FLOAT NOT NULL, 
	settled_at FLOAT, 
	attempts INTEGER NOT NULL, 
	faults INTEGER NOT NULL, 
	code TEXT, 
	reason TEXT, 
	merge_failed BOOLEAN NOT NULL, 
	wait_kind VARCHAR(255), 
	wait_entity VARCHAR(255), 
	wait_id VARCHAR(255), 
	deadline FLOAT, 
	pin JSON, 
	pinned_version INTEGER, 
	settle_until FLOAT, 
	batch VARCHAR(255), 
	linked_to INTEGER, 
	CONSTRAINT uq_deliveries_place UNIQUE (lane_id, seq)
);
INSERT INTO "deliveries" VALUES(1,1,1,1,'pending','billing','CUT Send Account Data','account','a1',3,'save','latest','live','match_then_create',NULL,NULL,'save',0,'m-1','corr',NULL,0,NULL,1700000000.0,NULL,0,0,NULL,NULL,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "deliveries" VALUES(2,1,2,0,'waiting','billing','CUT Send Account Data','account','a1',3,'save','latest','live','match_then_create',NULL,NULL,'save',0,'m-2','corr',NULL,0,NULL,1700000000.0,NULL,0,0,NULL,NULL,0,'parent','contact','c1',1700000060.0,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "deliveries" VALUES(3,1,3,0,'in_flight','billing','CUT Send Account Data','account','a1',3,'save','latest','live','match_then_create',NULL,NULL,'save',0,'m-3','corr',NULL,0,NULL,1700000000.0,NULL,0,0,NULL,NULL,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "deliveries" VALUES(4,1,4,0,'backing_off','billing','CUT Send Account Data','account','a1',3,'save','latest','live','match_then_create',NULL,NULL,'save',0,'m-4','corr',NULL,0,NULL,1700000000.0,NULL,0,0,NULL,NULL,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "deliveries" VALUES(5,1,5,0,'accepted','billing','CUT Send Account Data','account','a1',3,'save','latest','live','match_then_create',NULL,NULL,'save',0,'m-5','corr',NULL,0,NULL,1700000000.0,NULL,0,0,NULL,NULL,0,NULL,NULL,NULL,NULL,'{"change":"create","document":{"NAME":"Ada"}}',3,NULL,NULL,NULL);
INSERT INTO "deliveries" VALUES(6,1,6,0,'unknown','billing','CUT Send Account Data','account','a1',3,'save','latest','live','match_then_create',NULL,NULL,'save',0,'m-6','corr',NULL,0,NULL,1700000000.0,NULL,0,0,NULL,NULL,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "deliveries" VALUES(7,1,7,0,'completed','billing','CUT Send Account Data','account','a1',3,'save','latest','live','match_then_create',NULL,NULL,'save',0,'m-7','corr',NULL,0,NULL,1700000000.0,1700000000.0,0,0,NULL,NULL,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "deliveries" VALUES(8,1,8,0,'rejected','billing','CUT Send Account Data','account','a1',3,'save','latest','live','match_then_create',NULL,NULL,'save',0,'m-8','corr',NULL,0,NULL,1700000000.0,1700000000.0,0,0,NULL,NULL,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "deliveries" VALUES(9,1,9,0,'unmappable','billing','CUT Send Account Data','account','a1',3,'save','latest','live','match_then_create',NULL,NULL,'save',0,'m-9','corr',NULL,0,NULL,1700000000.0,1700000000.0,0,0,NULL,NULL,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "deliveries" VALUES(10,1,10,0,'dead','billing','CUT Send Account Data','account','a1',3,'save','latest','live','match_then_create',NULL,NULL,'save',0,'m-10','corr',NULL,0,NULL,1700000000.0,1700000000.0,0,0,NULL,NULL,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "deliveries" VALUES(11,1,11,0,'skipped','billing','CUT Send Account Data','account','a1',3,'save','latest','live','match_then_create',NULL,NULL,'save',0,'m-11','corr',NULL,0,NULL,1700000000.0,1700000000.0,0,0,NULL,NULL,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "deliveries" VALUES(12,1,12,0,'superseded','billing','CUT Send Account Data','account','a1',3,'save','latest','live','match_then_create',NULL,NULL,'save',0,'m-12','corr',NULL,0,NULL,1700000000.0,1700000000.0,0,0,NULL,NULL,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "deliveries" VALUES(13,1,13,0,'expired','billing','CUT Send Account Data','account','a1',3,'save','latest','live','match_then_create',NULL,NULL,'save',0,'m-13','corr',NULL,0,NULL,1700000000.0,1700000000.0,0,0,NULL,NULL,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "deliveries" VALUES(14,1,14,0,'discarded','billing','CUT Send Account Data','account','a1',3,'save','latest','live','match_then_create',NULL,NULL,'save',0,'m-14','corr',NULL,0,NULL,1700000000.0,1700000000.0,0,0,NULL,NULL,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "deliveries" VALUES(15,1,15,0,'replaced','billing','CUT Send Account Data','account','a1',3,'save','latest','live','match_then_create',NULL,NULL,'save',0,'m-15','corr',NULL,0,NULL,1700000000.0,1700000000.0,0,0,NULL,NULL,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "deliveries" VALUES(16,1,16,0,'dry','billing','CUT Send Account Data','account','a1',3,'save','latest','live','match_then_create',NULL,NULL,'save',0,'m-16','corr',NULL,0,NULL,1700000000.0,1700000000.0,0,0,NULL,NULL,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE idempotency_keys (
	caller VARCHAR(255) NOT NULL, 
	"key" VARCHAR(255) NOT NULL, 
	hash VARCHAR(255) NOT NULL, 
	answer JSON NOT NULL, 
	at FLOAT NOT NULL, 
	CONSTRAINT pk_idempotency_keys PRIMARY KEY (caller, "key")
);
INSERT INTO "idempotency_keys" VALUES('crm','pay-1','h2','{"id":"p1"}',1700000000.0);
CREATE TABLE inbox (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	backoffice VARCHAR(255) NOT NULL, 
	message_id VARCHAR(255), 
	hash VARCHAR(255) NOT NULL, 
	source VARCHAR(255) NOT NULL, 
	body BLOB, 
	path TEXT NOT NULL, 
	received_at FLOAT NOT NULL, 
	state VARCHAR(255) NOT NULL, 
	answer JSON, 
	resubmits INTEGER
);
INSERT INTO "inbox" VALUES(1,'billing','in-1','h1','events',X'3C612F3E','/inbound/billing',1700000000.0,'partly','{"taken":1}',NULL);
CREATE TABLE inbox_items (
	id INTEGER NOT NULL, 
	inbox_id INTEGER NOT NULL, 
	number INTEGER NOT NULL, 
	backoffice VARCHAR(255) NOT NULL, 
	entity VARCHAR(255) NOT NULL, 
	external_id VARCHAR(255), 
	ticket VARCHAR(255), 
	state VARCHAR(255) NOT NULL, 
	reason TEXT, 
	record_id VARCHAR(255), 
	inbound JSON, 
	waits_for JSON, 
	deadline FLOAT, 
	at FLOAT NOT NULL, 
	CONSTRAINT pk_inbox_items PRIMARY KEY (id)
);
INSERT INTO "inbox_items" VALUES(1,1,0,'billing','account',NULL,NULL,'taken',NULL,'a1',NULL,NULL,NULL,1700000000.0);
INSERT INTO "inbox_items" VALUES(2,1,1,'billing','account',NULL,NULL,'held',NULL,NULL,'{"NAME":"?"}','[1]',NULL,1700000000.0);
CREATE TABLE lanes (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	backoffice VARCHAR(255) NOT NULL, 
	"key" VARCHAR(255) NOT NULL, 
	tail INTEGER NOT NULL, 
	runnable INTEGER NOT NULL, 
	interactive INTEGER DEFAULT 0 NOT NULL, 
	ready_at FLOAT, 
	token VARCHAR(255), 
	owner VARCHAR(255), 
	attempts INTEGER DEFAULT 0 NOT NULL, 
	parked TEXT, 
	CONSTRAINT uq_lanes_key UNIQUE (backoffice, "key")
);
INSERT INTO "lanes" VALUES(1,'billing','a1',16,1,0,1700000000.0,NULL,NULL,0,NULL);
INSERT INTO "lanes" VALUES(17,'billing','a9',1,1,0,NULL,NULL,NULL,0,'attempts used up');
CREATE TABLE message_ids (
	backoffice VARCHAR(255) NOT NULL, 
	message_id VARCHAR(255) NOT NULL, 
	hash VARCHAR(255) NOT NULL, 
	inbox_id INTEGER NOT NULL, 
	CONSTRAINT pk_message_ids PRIMARY KEY (backoffice, message_id)
);
INSERT INTO "message_ids" VALUES('billing','in-1','h1',1);
CREATE TABLE record_keys (
	entity VARCHAR(255) NOT NULL, 
	kind VARCHAR(255) NOT NULL, 
	value VARCHAR(255) NOT NULL, 
	id VARCHAR(255) NOT NULL, 
	strong BOOLEAN NOT NULL, 
	CONSTRAINT pk_record_keys PRIMARY KEY (entity, kind, value, id)
);
INSERT INTO "record_keys" VALUES('account','account_number','n-1','a1',1);
INSERT INTO "record_keys" VALUES('account','name','ada lovelace','a1',0);
INSERT INTO "record_keys" VALUES('account','address','berlin||strasse des 17. juni','a1',0);
INSERT INTO "record_keys" VALUES('account','@contact','c1','a1',0);
INSERT INTO "record_keys" VALUES('contact','full_name','|lovelace|','c1',0);
INSERT INTO "record_keys" VALUES('contact','name','lovelace','c1',0);
CREATE TABLE records (
	entity VARCHAR(255) NOT NULL, 
	id VARCHAR(255) NOT NULL, 
	version INTEGER NOT NULL, 
	ordering_key VARCHAR(255) NOT NULL, 
	status VARCHAR(255), 
	schema_version INTEGER NOT NULL, 
	deleted BOOLEAN NOT NULL, 
	origin VARCHAR(255) NOT NULL, 
	document JSON NOT NULL, 
	created_at FLOAT NOT NULL, 
	updated_at FLOAT NOT NULL, 
	CONSTRAINT pk_records PRIMARY KEY (entity, id)
);
INSERT INTO "records" VALUES('account','a1',3,'a1','active',1,0,'front','{"id":"a1","version":3,"origin":"front","extensions":{"a_plugin_that_is_gone":{"colour":"blue"}},"status":"active","name":"Ada Lovelace","account_number":"N-1","organizations":[],"competitor":false,"contact_ids":["c1"],"addresses":[{"part_id":"p1","usage":"standard","street":"Straße des 17. Juni","city":"Berlin","country":"DE","validated":false}],"primary_address_id":"p1","industries":[],"sales_team":[],"tax_exemptions":[],"credit_auto_approval_limit":{"amount":"12.50","currency":"EUR"}}',1700000000.0,1700000000.0);
INSERT INTO "records" VALUES('contact','c1',1,'c1','active',1,0,'front','{"id":"c1","version":1,"origin":"front","extensions":{},"status":"active","last_name":"Lovelace","emails":[],"phones":[],"consents":[],"account_ids":[]}',1700000000.0,1700000000.0);
INSERT INTO "records" VALUES('account','a2',2,'a2','active',1,1,'billing','{"id":"a2","version":1,"origin":"front","extensions":{},"status":"active","name":"Closed","organizations":[],"competitor":false,"contact_ids":[],"addresses":[],"industries":[],"sales_team":[],"tax_exemptions":[]}',1700000000.0,1700000000.0);
ANALYZE "sqlite_master";
INSERT INTO "sqlite_stat1" VALUES('records','sqlite_autoindex_records_1','100000 20000 1');
INSERT INTO "sqlite_stat1" VALUES('record_keys','sqlite_autoindex_record_keys_1','500000 100000 20000 2 1');
INSERT INTO "sqlite_stat1" VALUES('record_keys','ix_record_keys_record','500000 100000 5');
INSERT INTO "sqlite_stat1" VALUES('cross_references','sqlite_autoindex_cross_references_1','200000 40000 10000 1');
INSERT INTO "sqlite_stat1" VALUES('cross_references','sqlite_autoindex_cross_references_2','200000 40000 10000 5000 1');
INSERT INTO "sqlite_stat1" VALUES('cross_references','ix_cross_references_record','200000 50000 3');
INSERT INTO "sqlite_stat1" VALUES('sync_states','sqlite_autoindex_sync_states_1','200000 40000 10000 1');
INSERT INTO "sqlite_stat1" VALUES('sync_states','ix_sync_states_record','200000 50000 2');
INSERT INTO "sqlite_stat1" VALUES('changes','ix_changes_record','1000000 200000 10');
INSERT INTO "sqlite_stat1" VALUES('conflicts','ix_conflicts_record','1000 200 2');
INSERT INTO "sqlite_stat1" VALUES('lanes','sqlite_autoindex_lanes_1','100000 20000 1');
INSERT INTO "sqlite_stat1" VALUES('lanes','ix_lanes_ready','10000 2000 1');
INSERT INTO "sqlite_stat1" VALUES('lanes','ix_lanes_interactive','100 20 1');
INSERT INTO "sqlite_stat1" VALUES('lanes','ix_lanes_leased','100 20');
INSERT INTO "sqlite_stat1" VALUES('lanes','ix_lanes_parked','100 1');
INSERT INTO "sqlite_stat1" VALUES('deliveries','sqlite_autoindex_deliveries_1','1000000 20 1');
INSERT INTO "sqlite_stat1" VALUES('deliveries','ix_deliveries_record','1000000 200000 10');
INSERT INTO "sqlite_stat1" VALUES('deliveries','ix_deliveries_state','1000000 200000 20000');
INSERT INTO "sqlite_stat1" VALUES('deliveries','ix_deliveries_runnable','100000 10 1');
INSERT INTO "sqlite_stat1" VALUES('deliveries','ix_deliveries_open','100000 20000 5000 2');
INSERT INTO "sqlite_stat1" VALUES('deliveries','ix_deliveries_waiting','10000 2000 500 2');
INSERT INTO "sqlite_stat1" VALUES('deliveries','ix_deliveries_deadline','10000 1');
INSERT INTO "sqlite_stat1" VALUES('attempts','ix_attempts_delivery','1000000 2');
INSERT INTO "sqlite_stat1" VALUES('tickets','sqlite_autoindex_tickets_1','100000 20000 1');
INSERT INTO "sqlite_stat1" VALUES('tickets','ix_tickets_delivery','100000 1');
INSERT INTO "sqlite_stat1" VALUES('batches','sqlite_autoindex_batches_1','10000 1');
INSERT INTO "sqlite_stat1" VALUES('backoffice_states','sqlite_autoindex_backoffice_states_1','10 1');
INSERT INTO "sqlite_stat1" VALUES('idempotency_keys','sqlite_autoindex_idempotency_keys_1','100000 20000 1');
INSERT INTO "sqlite_stat1" VALUES('inbox','ix_inbox_received','1000000 200000 1');
INSERT INTO "sqlite_stat1" VALUES('message_ids','sqlite_autoindex_message_ids_1','1000000 200000 1');
INSERT INTO "sqlite_stat1" VALUES('inbox_items','ix_inbox_items_inbox','1000000 2');
INSERT INTO "sqlite_stat1" VALUES('inbox_items','ix_inbox_items_held','1000 200 1');
INSERT INTO "sqlite_stat1" VALUES('cursors','sqlite_autoindex_cursors_1','20 4 1');
CREATE TABLE sync_states (
	backoffice VARCHAR(255) NOT NULL, 
	entity VARCHAR(255) NOT NULL, 
	record_id VARCHAR(255) NOT NULL, 
	presence VARCHAR(255) NOT NULL, 
	sent_version INTEGER NOT NULL, 
	base JSON NOT NULL, 
	stamps JSON NOT NULL, 
	disputes JSON NOT NULL, 
	revision INTEGER NOT NULL, 
	CONSTRAINT pk_sync_states PRIMARY KEY (backoffice, entity, record_id)
);
INSERT INTO "sync_states" VALUES('billing','account','a1','bound',2,'{"name":"Ada Lovelace","limit":null}','{"name":7}','{}',1);
CREATE TABLE tickets (
	backoffice VARCHAR(255) NOT NULL, 
	ticket VARCHAR(255) NOT NULL, 
	delivery_id INTEGER NOT NULL, 
	settled BOOLEAN NOT NULL, 
	at FLOAT NOT NULL, 
	CONSTRAINT pk_tickets PRIMARY KEY (backoffice, ticket)
);
INSERT INTO "tickets" VALUES('billing','T-1',5,0,1700000000.0);
CREATE INDEX ix_record_keys_record ON record_keys (entity, id);
CREATE INDEX ix_cross_references_record ON cross_references (entity, record_id);
CREATE INDEX ix_sync_states_record ON sync_states (entity, record_id);
CREATE INDEX ix_conflicts_record ON conflicts (entity, record_id);
CREATE INDEX ix_changes_record ON changes (entity, record_id);
CREATE INDEX ix_lanes_ready ON lanes (backoffice, ready_at) WHERE ready_at IS NOT NULL;
CREATE INDEX ix_lanes_interactive ON lanes (backoffice, ready_at) WHERE interactive > 0;
CREATE INDEX ix_lanes_leased ON lanes (owner) WHERE owner IS NOT NULL;
CREATE INDEX ix_lanes_parked ON lanes (id) WHERE parked IS NOT NULL;
CREATE INDEX ix_deliveries_record ON deliveries (entity, record_id);
CREATE INDEX ix_deliveries_state ON deliveries (backoffice, state);
CREATE INDEX ix_deliveries_runnable ON deliveries (lane_id, seq) WHERE runnable = 1;
CREATE INDEX ix_deliveries_open ON deliveries (backoffice, entity, record_id) WHERE settled_at IS NULL;
CREATE INDEX ix_deliveries_waiting ON deliveries (backoffice, wait_entity, wait_id) WHERE wait_kind IS NOT NULL;
CREATE INDEX ix_deliveries_deadline ON deliveries (deadline) WHERE deadline IS NOT NULL;
CREATE INDEX ix_attempts_delivery ON attempts (delivery_id);
CREATE INDEX ix_tickets_delivery ON tickets (delivery_id);
CREATE INDEX ix_inbox_received ON inbox (backoffice, received_at);
CREATE INDEX ix_inbox_items_inbox ON inbox_items (inbox_id);
CREATE INDEX ix_inbox_items_held ON inbox_items (backoffice, id) WHERE state = 'held';
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('changes',1);
INSERT INTO "sqlite_sequence" VALUES('lanes',17);
INSERT INTO "sqlite_sequence" VALUES('deliveries',16);
INSERT INTO "sqlite_sequence" VALUES('inbox',1);
COMMIT;
