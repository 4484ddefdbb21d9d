import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Initial1795494376518 implements MigrationInterface {
  name = 'Initial1795494376518';

  public async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
            CREATE TABLE "access_token" (
                "id" uuid NOT NULL,
                "principal_id" uuid NOT NULL,
                "name" text NOT NULL,
                "hash" text NOT NULL,
                "roles" text array NOT NULL DEFAULT '{}',
                "expires_at" TIMESTAMP WITH TIME ZONE,
                "revoked_at" TIMESTAMP WITH TIME ZONE,
                "last_used_at" TIMESTAMP WITH TIME ZONE,
                "created_at" TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(),
                CONSTRAINT "UQ_64c327441248bae40f7d92f34f3" UNIQUE ("hash"),
                CONSTRAINT "PK_f20f028607b2603deabd8182d12" PRIMARY KEY ("id")
            )
        `);
    await queryRunner.query(`
            CREATE TABLE "installation" (
                "name" text NOT NULL,
                "value" text NOT NULL,
                "recorded_at" TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(),
                CONSTRAINT "PK_7da7095271be10ae2bd3d84f3df" PRIMARY KEY ("name")
            )
        `);
    await queryRunner.query(`
            CREATE TABLE "principal" (
                "id" uuid NOT NULL,
                "name" text NOT NULL,
                "display_name" text,
                "created_at" TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(),
                CONSTRAINT "UQ_8a389581dfb18b6bdf43ac46ba4" UNIQUE ("name"),
                CONSTRAINT "PK_b3ff9fc87cb26d8e16f1cc56745" PRIMARY KEY ("id")
            )
        `);
    await queryRunner.query(`
            CREATE TABLE "role_grant" (
                "id" uuid NOT NULL,
                "principal_id" uuid NOT NULL,
                "role" text NOT NULL,
                "dataset_id" uuid,
                "granted_by" text,
                "created_at" TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(),
                CONSTRAINT "PK_b9e50aafa723c536731c38529fb" PRIMARY KEY ("id")
            )
        `);
    await queryRunner.query(`
            CREATE UNIQUE INDEX "IDX_403381b75788217d5345a185a2" ON "role_grant" ("principal_id", "role")
            WHERE dataset_id IS NULL
        `);
    await queryRunner.query(`
            CREATE UNIQUE INDEX "IDX_4e3ef39be57e353c017983abc8" ON "role_grant" ("principal_id", "role", "dataset_id")
            WHERE dataset_id IS NOT NULL
        `);
    await queryRunner.query(`
            CREATE TABLE "agent" (
                "id" uuid NOT NULL,
                "kind" text NOT NULL,
                "name" text NOT NULL,
                "iri" text,
                "homepage" text,
                CONSTRAINT "PK_1000e989398c5d4ed585cf9a46f" PRIMARY KEY ("id")
            )
        `);
    await queryRunner.query(`
            CREATE TABLE "assessor" (
                "id" uuid NOT NULL,
                "dataset_id" uuid NOT NULL,
                "session_id" uuid NOT NULL,
                "label" text COLLATE "C" NOT NULL,
                "xsi_type" text NOT NULL,
                "assessed_on" date,
                "content" jsonb,
                "source_id" smallint NOT NULL,
                "source_hash" bytea NOT NULL,
                "retired_at" TIMESTAMP WITH TIME ZONE,
                CONSTRAINT "PK_8c9195f3f6d77e4c10fce8e2bdf" PRIMARY KEY ("id")
            )
        `);
    await queryRunner.query(`
            CREATE INDEX "IDX_70c8706e4fcfaacdd7502376fa" ON "assessor" ("session_id", "label")
        `);
    await queryRunner.query(`
            CREATE TABLE "catalog_event" (
                "id" BIGSERIAL NOT NULL,
                "dataset_id" uuid NOT NULL,
                "type" text NOT NULL,
                "payload" jsonb NOT NULL DEFAULT '{}',
                "created_at" TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(),
                CONSTRAINT "PK_359ec0f9b197fd88fe0e20126ec" PRIMARY KEY ("id")
            )
        `);
    await queryRunner.query(`
            CREATE INDEX "IDX_48c1634edff5e2cbeb75351782" ON "catalog_event" ("dataset_id")
        `);
    await queryRunner.query(`
            CREATE TABLE "concept_broader" (
                "concept_id" uuid NOT NULL,
                "broader_id" uuid NOT NULL,
                CONSTRAINT "PK_4bf1861ef6d46987353cdc778d3" PRIMARY KEY ("concept_id", "broader_id")
            )
        `);
    await queryRunner.query(`
            CREATE INDEX "IDX_8c6710f8497789541937d70a6e" ON "concept_broader" ("broader_id")
        `);
    await queryRunner.query(`
            CREATE TABLE "concept" (
                "id" uuid NOT NULL,
                "iri" text NOT NULL,
                "scheme" text NOT NULL,
                "code" text,
                "label" text NOT NULL,
                "synonyms" text array NOT NULL DEFAULT '{}',
                "exact_matches" text array NOT NULL DEFAULT '{}',
                CONSTRAINT "UQ_fdff39870e6b8b1498ee6d4cc2c" UNIQUE ("iri"),
                CONSTRAINT "PK_83c1330866b9866ac2d0ed2b36b" PRIMARY KEY ("id")
            )
        `);
    await queryRunner.query(`
            CREATE TABLE "dataset_creator" (
                "dataset_id" uuid NOT NULL,
                "position" integer NOT NULL,
                "agent_id" uuid NOT NULL,
                CONSTRAINT "PK_379f8ce52f2e0355e9504a69c23" PRIMARY KEY ("dataset_id", "position")
            )
        `);
    await queryRunner.query(`
            CREATE INDEX "IDX_9aab5059efab2e70899d96bc8a" ON "dataset_creator" ("agent_id")
        `);
    await queryRunner.query(`
            CREATE TABLE "dataset_concept" (
                "dataset_id" uuid NOT NULL,
                "role" text NOT NULL,
                "position" integer NOT NULL,
                "concept_id" uuid NOT NULL,
                CONSTRAINT "PK_99727ac122c88f3ecbd89ab6d3a" PRIMARY KEY ("dataset_id", "role", "position")
            )
        `);
    await queryRunner.query(`
            CREATE INDEX "IDX_e5667f79e01ff475ad9c2155ce" ON "dataset_concept" ("concept_id", "role")
        `);
    await queryRunner.query(`
            CREATE TABLE "dataset_count" (
                "dataset_id" uuid NOT NULL,
                "position" integer NOT NULL,
                "measure" text NOT NULL,
                "value" bigint NOT NULL,
                "qualifier" text NOT NULL,
                "unit" text,
                "as_of" date,
                "source" text NOT NULL,
                "note" text,
                "confirmed" boolean NOT NULL DEFAULT false,
                "headline" boolean NOT NULL DEFAULT false,
                CONSTRAINT "PK_42bc9864c1a3932032bc656610f" PRIMARY KEY ("dataset_id", "position")
            )
        `);
    await queryRunner.query(`
            CREATE TABLE "dataset_modality" (
                "dataset_id" uuid NOT NULL,
                "position" integer NOT NULL,
                "modality_code" text NOT NULL,
                CONSTRAINT "PK_b016fa27a4b50d4301f36cb105b" PRIMARY KEY ("dataset_id", "position")
            )
        `);
    await queryRunner.query(`
            CREATE INDEX "IDX_c100b28a543f40857fe81cc402" ON "dataset_modality" ("modality_code")
        `);
    await queryRunner.query(`
            CREATE TABLE "dataset_publication" (
                "dataset_id" uuid NOT NULL,
                "position" integer NOT NULL,
                "publication_id" uuid NOT NULL,
                "role" text NOT NULL,
                CONSTRAINT "PK_1ab8c1b765a81a0df3c76fafde0" PRIMARY KEY ("dataset_id", "position")
            )
        `);
    await queryRunner.query(`
            CREATE TABLE "dataset_relation" (
                "dataset_id" uuid NOT NULL,
                "position" integer NOT NULL,
                "type" text NOT NULL,
                "target_slug" text,
                "target_iri" text,
                "label" text,
                CONSTRAINT "PK_8d03c2265bd46402b8a66cf2d8a" PRIMARY KEY ("dataset_id", "position")
            )
        `);
    await queryRunner.query(`
            CREATE INDEX "IDX_1052b8b2d88c1d74828f6afa0f" ON "dataset_relation" ("target_slug")
        `);
    await queryRunner.query(`
            CREATE TABLE "dataset_source_record" (
                "id" BIGSERIAL NOT NULL,
                "dataset_id" uuid,
                "source_id" smallint NOT NULL,
                "source_record_id" text NOT NULL,
                "payload" jsonb,
                "hash" bytea,
                "received_at" TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(),
                "rejection" jsonb,
                "rejected_at" TIMESTAMP WITH TIME ZONE,
                CONSTRAINT "UQ_d45a82e1ee9c3cc0e7738afd414" UNIQUE ("source_id", "source_record_id"),
                CONSTRAINT "PK_5f07789cf9051e94b4e7043fdf9" PRIMARY KEY ("id")
            )
        `);
    await queryRunner.query(`
            CREATE INDEX "IDX_5eac9d9c3a933430513b045134" ON "dataset_source_record" ("dataset_id")
        `);
    await queryRunner.query(`
            CREATE TABLE "dataset" (
                "id" uuid NOT NULL,
                "slug" text COLLATE "C" NOT NULL,
                "title" text NOT NULL,
                "acronym" text,
                "alternative_titles" text array NOT NULL DEFAULT '{}',
                "description" text NOT NULL,
                "keywords" text array NOT NULL DEFAULT '{}',
                "status" text NOT NULL,
                "access_class" text NOT NULL,
                "access_note" text,
                "access_url" text,
                "data_use_terms" text array NOT NULL DEFAULT '{}',
                "license_id" uuid,
                "publisher_id" uuid,
                "landing_page" text,
                "issued_year" integer,
                "species" text,
                "simulated" boolean NOT NULL DEFAULT false,
                "unconfirmed" jsonb NOT NULL DEFAULT '[]',
                "version" integer NOT NULL DEFAULT '1',
                "published_version" integer,
                "withdrawn_reason" text,
                "headline_subjects" bigint,
                "stated_subjects" bigint,
                "held_subjects" bigint NOT NULL DEFAULT '0',
                "held_sessions" bigint NOT NULL DEFAULT '0',
                "held_scans" bigint NOT NULL DEFAULT '0',
                "held_bytes" bigint NOT NULL DEFAULT '0',
                "rows_updated_at" TIMESTAMP WITH TIME ZONE,
                "created_at" TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(),
                "updated_at" TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(),
                CONSTRAINT "UQ_531bebeb911275d8f4b501dd746" UNIQUE ("slug"),
                CONSTRAINT "PK_36c1c67adb3d1dd69ae57f18913" PRIMARY KEY ("id")
            )
        `);
    await queryRunner.query(`
            CREATE INDEX "IDX_a0a161aef16aecfeb2f717e39c" ON "dataset" ("status")
        `);
    await queryRunner.query(`
            CREATE INDEX "IDX_83e70301d822a4f4b07b46743e" ON "dataset" ("title", "id")
        `);
    await queryRunner.query(`
            CREATE INDEX "IDX_d9bb9a2ce2248c50dc4e2dbb20" ON "dataset" ("updated_at", "id")
        `);
    await queryRunner.query(`
            CREATE TABLE "dataset_version" (
                "id" uuid NOT NULL,
                "dataset_id" uuid NOT NULL,
                "number" integer NOT NULL,
                "snapshot" jsonb NOT NULL,
                "sha256" text NOT NULL,
                "published_at" TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(),
                "published_by" text,
                CONSTRAINT "UQ_77e143a95f4983d86dfc9f62a28" UNIQUE ("dataset_id", "number"),
                CONSTRAINT "PK_7d54a8b56eede17c709cbdbe271" PRIMARY KEY ("id")
            )
        `);
    await queryRunner.query(`
            CREATE TABLE "distribution" (
                "id" BIGSERIAL NOT NULL,
                "dataset_id" uuid NOT NULL,
                "position" integer NOT NULL,
                "title" text NOT NULL,
                "description" text,
                "access_url" text NOT NULL,
                "download_url" text,
                "media_type" text,
                "format" text,
                "byte_size" bigint,
                "license_id" uuid,
                "access_note" text,
                CONSTRAINT "PK_187eaf203ccf9018df51b40108c" PRIMARY KEY ("id")
            )
        `);
    await queryRunner.query(`
            CREATE INDEX "IDX_d9f5093d6e2d0d28a7ca8e120b" ON "distribution" ("dataset_id", "position")
        `);
    await queryRunner.query(`
            CREATE TABLE "field_origin" (
                "dataset_id" uuid NOT NULL,
                "field" text NOT NULL,
                "source_id" smallint NOT NULL,
                "source_record_id" text NOT NULL,
                "recorded_at" TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(),
                CONSTRAINT "PK_9508ca15046566971d5938bcced" PRIMARY KEY ("dataset_id", "field")
            )
        `);
    await queryRunner.query(`
            CREATE TABLE "identifier" (
                "dataset_id" uuid NOT NULL,
                "position" integer NOT NULL,
                "scheme" text NOT NULL,
                "value" text NOT NULL,
                "iri" text,
                CONSTRAINT "PK_e17d670ea926e6b2fffda78b895" PRIMARY KEY ("dataset_id", "position")
            )
        `);
    await queryRunner.query(`
            CREATE INDEX "IDX_2541ea00983f9e4ae45b6fe407" ON "identifier" ("value")
        `);
    await queryRunner.query(`
            CREATE TABLE "imaging_session" (
                "id" uuid NOT NULL,
                "dataset_id" uuid NOT NULL,
                "subject_id" uuid NOT NULL,
                "label" text COLLATE "C" NOT NULL,
                "study_instance_uid" text,
                "session_date" date,
                "description" text,
                "source_id" smallint NOT NULL,
                "source_hash" bytea NOT NULL,
                "retired_at" TIMESTAMP WITH TIME ZONE,
                CONSTRAINT "PK_851cd2da8fed94ed1ec56d31574" PRIMARY KEY ("id")
            )
        `);
    await queryRunner.query(`
            CREATE INDEX "IDX_f5d97773393300a062b09065c2" ON "imaging_session" ("dataset_id", "label")
        `);
    await queryRunner.query(`
            CREATE INDEX "IDX_11962f75bf4b062c7c5f112dbb" ON "imaging_session" ("subject_id", "label")
        `);
    await queryRunner.query(`
            CREATE INDEX "IDX_cda53ecd8f53846bd787884392" ON "imaging_session" ("study_instance_uid")
        `);
    await queryRunner.query(`
            CREATE TABLE "license" (
                "id" uuid NOT NULL,
                "spdx_id" text,
                "iri" text,
                "label" text NOT NULL,
                "aliases" text array NOT NULL DEFAULT '{}',
                CONSTRAINT "PK_f168ac1ca5ba87286d03b2ef905" PRIMARY KEY ("id")
            )
        `);
    await queryRunner.query(`
            CREATE TABLE "modality" (
                "code" text NOT NULL,
                "label" text NOT NULL,
                "scheme" text NOT NULL,
                "iri" text,
                "synonyms" text array NOT NULL DEFAULT '{}',
                "broader_code" text,
                CONSTRAINT "PK_577f6816785f9986470bff2de45" PRIMARY KEY ("code")
            )
        `);
    await queryRunner.query(`
            CREATE TABLE "publication" (
                "id" uuid NOT NULL,
                "doi" text,
                "pmid" text,
                "title" text,
                "citation" text,
                "url" text,
                "year" integer,
                CONSTRAINT "PK_8aea8363d5213896a78d8365fab" PRIMARY KEY ("id")
            )
        `);
    await queryRunner.query(`
            CREATE TABLE "resource" (
                "id" uuid NOT NULL,
                "dataset_id" uuid NOT NULL,
                "subject_id" uuid,
                "session_id" uuid,
                "scan_id" uuid,
                "label" text COLLATE "C" NOT NULL,
                "format" text,
                "file_count" integer,
                "byte_size" bigint,
                "digest" text,
                "source_id" smallint NOT NULL,
                "source_hash" bytea NOT NULL,
                "retired_at" TIMESTAMP WITH TIME ZONE,
                CONSTRAINT "PK_e2894a5867e06ae2e8889f1173f" PRIMARY KEY ("id")
            )
        `);
    await queryRunner.query(`
            CREATE INDEX "IDX_130a6803adcb4dd36796c9c135" ON "resource" ("subject_id")
            WHERE subject_id IS NOT NULL
        `);
    await queryRunner.query(`
            CREATE INDEX "IDX_7634b5c4b79be6f00b36fb8031" ON "resource" ("session_id")
            WHERE session_id IS NOT NULL
        `);
    await queryRunner.query(`
            CREATE INDEX "IDX_caef05be12fa638fbbd3f00944" ON "resource" ("scan_id")
            WHERE scan_id IS NOT NULL
        `);
    await queryRunner.query(`
            CREATE TABLE "scan" (
                "id" uuid NOT NULL,
                "dataset_id" uuid NOT NULL,
                "session_id" uuid NOT NULL,
                "label" text COLLATE "C" NOT NULL,
                "series_instance_uid" text,
                "modality" text,
                "series_description" text,
                "series_date" date,
                "body_part" text,
                "manufacturer" text,
                "manufacturer_model_name" text,
                "sop_class_uid" text,
                "instance_count" integer,
                "byte_size" bigint,
                "license_id" uuid,
                "source_doi" text,
                "derived" boolean NOT NULL DEFAULT false,
                "derived_by" text,
                "source_id" smallint NOT NULL,
                "source_hash" bytea NOT NULL,
                "retired_at" TIMESTAMP WITH TIME ZONE,
                CONSTRAINT "PK_9868a638d0569ba3fe3bddcef84" PRIMARY KEY ("id")
            )
        `);
    await queryRunner.query(`
            CREATE INDEX "IDX_147c72451280c90fe402defc95" ON "scan" ("dataset_id", "label")
        `);
    await queryRunner.query(`
            CREATE INDEX "IDX_d5f8b46cd90fa1fb06ed9fdf1f" ON "scan" ("session_id", "label")
        `);
    await queryRunner.query(`
            CREATE INDEX "IDX_569dbc54805841d0d284bb8bb7" ON "scan" ("series_instance_uid")
        `);
    await queryRunner.query(`
            CREATE TABLE "source" (
                "id" SMALLSERIAL NOT NULL,
                "name" text NOT NULL,
                "kind" text NOT NULL,
                "rank" smallint NOT NULL,
                CONSTRAINT "UQ_e64619e22dc97d6525c86ef8af5" UNIQUE ("name"),
                CONSTRAINT "PK_018c433f8264b58c86363eaadde" PRIMARY KEY ("id")
            )
        `);
    await queryRunner.query(`
            CREATE TABLE "subject" (
                "id" uuid NOT NULL,
                "dataset_id" uuid NOT NULL,
                "label" text COLLATE "C" NOT NULL,
                "sex" text,
                "age_years" double precision,
                "diagnosis" text,
                "subject_group" text,
                "site" text,
                "tree_hash" bytea,
                "source_id" smallint NOT NULL,
                "source_hash" bytea NOT NULL,
                "retired_at" TIMESTAMP WITH TIME ZONE,
                CONSTRAINT "UQ_83d216331f32617fcab5a707b5e" UNIQUE ("dataset_id", "label"),
                CONSTRAINT "PK_12eee115462e38d62e5455fc054" PRIMARY KEY ("id")
            )
        `);
    await queryRunner.query(`
            CREATE TABLE "value" (
                "id" BIGSERIAL NOT NULL,
                "variable_id" uuid NOT NULL,
                "subject_id" uuid NOT NULL,
                "session_id" uuid,
                "text" text,
                "number" double precision,
                CONSTRAINT "PK_0af87b1623a34dd5357bfdb38a4" PRIMARY KEY ("id")
            )
        `);
    await queryRunner.query(`
            CREATE UNIQUE INDEX "IDX_31d8557626867f14da7d2a14dd" ON "value" ("variable_id", "subject_id")
            WHERE session_id IS NULL
        `);
    await queryRunner.query(`
            CREATE UNIQUE INDEX "IDX_be24afd74f40a95a943d4172f3" ON "value" ("variable_id", "subject_id", "session_id")
            WHERE session_id IS NOT NULL
        `);
    await queryRunner.query(`
            CREATE INDEX "IDX_7ff7d3f78bcaaadd252a1e0f0c" ON "value" ("subject_id")
        `);
    await queryRunner.query(`
            CREATE TABLE "variable" (
                "id" uuid NOT NULL,
                "dataset_id" uuid NOT NULL,
                "position" integer NOT NULL,
                "name" text COLLATE "C" NOT NULL,
                "label" text,
                "description" text,
                "unit" text,
                "type" text NOT NULL,
                "minimum" double precision,
                "maximum" double precision,
                "missing_codes" text array NOT NULL DEFAULT '{}',
                "categories" jsonb,
                "concept_id" uuid,
                "per_session" boolean NOT NULL DEFAULT false,
                "source_id" smallint NOT NULL,
                CONSTRAINT "UQ_a66eb854d4fd11890ff56b2f163" UNIQUE ("dataset_id", "name"),
                CONSTRAINT "PK_f4e200785984484787e6b47e6fb" PRIMARY KEY ("id")
            )
        `);
    await queryRunner.query(`
            ALTER TABLE "access_token"
            ADD CONSTRAINT "FK_4e59a89da8ce025dbf284b3f56f" FOREIGN KEY ("principal_id") REFERENCES "principal"("id") ON DELETE CASCADE ON UPDATE NO ACTION
        `);
    await queryRunner.query(`
            ALTER TABLE "role_grant"
            ADD CONSTRAINT "FK_ec3485e7e15b6583b452807cfb5" FOREIGN KEY ("principal_id") REFERENCES "principal"("id") ON DELETE CASCADE ON UPDATE NO ACTION
        `);
    await queryRunner.query(`
            ALTER TABLE "role_grant"
            ADD CONSTRAINT "FK_357cf509f1363b8aca31fc5859d" FOREIGN KEY ("dataset_id") REFERENCES "dataset"("id") ON DELETE CASCADE ON UPDATE NO ACTION
        `);
    await queryRunner.query(`
            ALTER TABLE "assessor"
            ADD CONSTRAINT "FK_80ffc594d75ed874c4a3375a5b2" FOREIGN KEY ("session_id") REFERENCES "imaging_session"("id") ON DELETE CASCADE ON UPDATE NO ACTION
        `);
    await queryRunner.query(`
            ALTER TABLE "concept_broader"
            ADD CONSTRAINT "FK_89fa7a2e2b6f8de38253706aed9" FOREIGN KEY ("concept_id") REFERENCES "concept"("id") ON DELETE CASCADE ON UPDATE NO ACTION
        `);
    await queryRunner.query(`
            ALTER TABLE "concept_broader"
            ADD CONSTRAINT "FK_8c6710f8497789541937d70a6ea" FOREIGN KEY ("broader_id") REFERENCES "concept"("id") ON DELETE CASCADE ON UPDATE NO ACTION
        `);
    await queryRunner.query(`
            ALTER TABLE "dataset_creator"
            ADD CONSTRAINT "FK_9b85750cf5db3acc975f56ed34a" FOREIGN KEY ("dataset_id") REFERENCES "dataset"("id") ON DELETE CASCADE ON UPDATE NO ACTION
        `);
    await queryRunner.query(`
            ALTER TABLE "dataset_creator"
            ADD CONSTRAINT "FK_9aab5059efab2e70899d96bc8a1" FOREIGN KEY ("agent_id") REFERENCES "agent"("id") ON DELETE RESTRICT ON UPDATE NO ACTION
        `);
    await queryRunner.query(`
            ALTER TABLE "dataset_concept"
            ADD CONSTRAINT "FK_0bad490dc1fc109b1a04205c323" FOREIGN KEY ("dataset_id") REFERENCES "dataset"("id") ON DELETE CASCADE ON UPDATE NO ACTION
        `);
    await queryRunner.query(`
            ALTER TABLE "dataset_concept"
            ADD CONSTRAINT "FK_9f21bdc5b166d401c73fe241505" FOREIGN KEY ("concept_id") REFERENCES "concept"("id") ON DELETE RESTRICT ON UPDATE NO ACTION
        `);
    await queryRunner.query(`
            ALTER TABLE "dataset_count"
            ADD CONSTRAINT "FK_1355b7ceeb7f8e9e6c64c0039a5" FOREIGN KEY ("dataset_id") REFERENCES "dataset"("id") ON DELETE CASCADE ON UPDATE NO ACTION
        `);
    await queryRunner.query(`
            ALTER TABLE "dataset_modality"
            ADD CONSTRAINT "FK_b703646f50cf0a0ea76ae0ef4f1" FOREIGN KEY ("dataset_id") REFERENCES "dataset"("id") ON DELETE CASCADE ON UPDATE NO ACTION
        `);
    await queryRunner.query(`
            ALTER TABLE "dataset_modality"
            ADD CONSTRAINT "FK_c100b28a543f40857fe81cc4023" FOREIGN KEY ("modality_code") REFERENCES "modality"("code") ON DELETE RESTRICT ON UPDATE NO ACTION
        `);
    await queryRunner.query(`
            ALTER TABLE "dataset_publication"
            ADD CONSTRAINT "FK_30b7fdc6d97275faba145bdb070" FOREIGN KEY ("dataset_id") REFERENCES "dataset"("id") ON DELETE CASCADE ON UPDATE NO ACTION
        `);
    await queryRunner.query(`
            ALTER TABLE "dataset_publication"
            ADD CONSTRAINT "FK_72c1f01d1752811d8be9fe9a481" FOREIGN KEY ("publication_id") REFERENCES "publication"("id") ON DELETE RESTRICT ON UPDATE NO ACTION
        `);
    await queryRunner.query(`
            ALTER TABLE "dataset_relation"
            ADD CONSTRAINT "FK_3b43323195dc9b6a98aea0822a6" FOREIGN KEY ("dataset_id") REFERENCES "dataset"("id") ON DELETE CASCADE ON UPDATE NO ACTION
        `);
    await queryRunner.query(`
            ALTER TABLE "dataset_source_record"
            ADD CONSTRAINT "FK_5eac9d9c3a933430513b045134d" FOREIGN KEY ("dataset_id") REFERENCES "dataset"("id") ON DELETE CASCADE ON UPDATE NO ACTION
        `);
    await queryRunner.query(`
            ALTER TABLE "dataset_source_record"
            ADD CONSTRAINT "FK_10d8274e8dcebeab436b82505a1" FOREIGN KEY ("source_id") REFERENCES "source"("id") ON DELETE RESTRICT ON UPDATE NO ACTION
        `);
    await queryRunner.query(`
            ALTER TABLE "dataset"
            ADD CONSTRAINT "FK_0faf1989a3d6707e78ba1a796ff" FOREIGN KEY ("license_id") REFERENCES "license"("id") ON DELETE RESTRICT ON UPDATE NO ACTION
        `);
    await queryRunner.query(`
            ALTER TABLE "dataset"
            ADD CONSTRAINT "FK_f353e15500986425ca6b91434e7" FOREIGN KEY ("publisher_id") REFERENCES "agent"("id") ON DELETE RESTRICT ON UPDATE NO ACTION
        `);
    await queryRunner.query(`
            ALTER TABLE "dataset_version"
            ADD CONSTRAINT "FK_fcb86b61c0cfeec3a428b675f98" FOREIGN KEY ("dataset_id") REFERENCES "dataset"("id") ON DELETE RESTRICT ON UPDATE NO ACTION
        `);
    await queryRunner.query(`
            ALTER TABLE "distribution"
            ADD CONSTRAINT "FK_6ecc99f75654d2787c669725640" FOREIGN KEY ("dataset_id") REFERENCES "dataset"("id") ON DELETE CASCADE ON UPDATE NO ACTION
        `);
    await queryRunner.query(`
            ALTER TABLE "distribution"
            ADD CONSTRAINT "FK_b1904845a85f40c7cbcabc0d298" FOREIGN KEY ("license_id") REFERENCES "license"("id") ON DELETE RESTRICT ON UPDATE NO ACTION
        `);
    await queryRunner.query(`
            ALTER TABLE "field_origin"
            ADD CONSTRAINT "FK_d16fa5adee70ef0137116dedf10" FOREIGN KEY ("dataset_id") REFERENCES "dataset"("id") ON DELETE CASCADE ON UPDATE NO ACTION
        `);
    await queryRunner.query(`
            ALTER TABLE "field_origin"
            ADD CONSTRAINT "FK_54d53a2e71e8cc6527a1ea79bd2" FOREIGN KEY ("source_id") REFERENCES "source"("id") ON DELETE RESTRICT ON UPDATE NO ACTION
        `);
    await queryRunner.query(`
            ALTER TABLE "identifier"
            ADD CONSTRAINT "FK_4fe8e5fbb1505582ee3d4124848" FOREIGN KEY ("dataset_id") REFERENCES "dataset"("id") ON DELETE CASCADE ON UPDATE NO ACTION
        `);
    await queryRunner.query(`
            ALTER TABLE "imaging_session"
            ADD CONSTRAINT "FK_b2eb62e20c32ad8075e47d55947" FOREIGN KEY ("subject_id") REFERENCES "subject"("id") ON DELETE CASCADE ON UPDATE NO ACTION
        `);
    await queryRunner.query(`
            ALTER TABLE "resource"
            ADD CONSTRAINT "FK_c0338213ff279823da721fc39cf" FOREIGN KEY ("subject_id") REFERENCES "subject"("id") ON DELETE CASCADE ON UPDATE NO ACTION
        `);
    await queryRunner.query(`
            ALTER TABLE "resource"
            ADD CONSTRAINT "FK_cc1e7cde54f02804401ccf4eb78" FOREIGN KEY ("session_id") REFERENCES "imaging_session"("id") ON DELETE CASCADE ON UPDATE NO ACTION
        `);
    await queryRunner.query(`
            ALTER TABLE "resource"
            ADD CONSTRAINT "FK_79a9b2286d50ef69a41fad625e3" FOREIGN KEY ("scan_id") REFERENCES "scan"("id") ON DELETE CASCADE ON UPDATE NO ACTION
        `);
    await queryRunner.query(`
            ALTER TABLE "scan"
            ADD CONSTRAINT "FK_1d8c15f71b90abc431a70ea58e0" FOREIGN KEY ("session_id") REFERENCES "imaging_session"("id") ON DELETE CASCADE ON UPDATE NO ACTION
        `);
    await queryRunner.query(`
            ALTER TABLE "scan"
            ADD CONSTRAINT "FK_80233e1420ef33c134305ba5876" FOREIGN KEY ("license_id") REFERENCES "license"("id") ON DELETE RESTRICT ON UPDATE NO ACTION
        `);
    await queryRunner.query(`
            ALTER TABLE "subject"
            ADD CONSTRAINT "FK_cd0fa1029809cbe3e0ca03f5f6a" FOREIGN KEY ("dataset_id") REFERENCES "dataset"("id") ON DELETE CASCADE ON UPDATE NO ACTION
        `);
    await queryRunner.query(`
            ALTER TABLE "subject"
            ADD CONSTRAINT "FK_f9a564ce3b3ab0b2d545522afe7" FOREIGN KEY ("source_id") REFERENCES "source"("id") ON DELETE RESTRICT ON UPDATE NO ACTION
        `);
    await queryRunner.query(`
            ALTER TABLE "value"
            ADD CONSTRAINT "FK_4f7e9e611e1804441326ef94e31" FOREIGN KEY ("variable_id") REFERENCES "variable"("id") ON DELETE CASCADE ON UPDATE NO ACTION
        `);
    await queryRunner.query(`
            ALTER TABLE "value"
            ADD CONSTRAINT "FK_7ff7d3f78bcaaadd252a1e0f0c9" FOREIGN KEY ("subject_id") REFERENCES "subject"("id") ON DELETE CASCADE ON UPDATE NO ACTION
        `);
    await queryRunner.query(`
            ALTER TABLE "value"
            ADD CONSTRAINT "FK_1f4b95a2d96ff5ab84686607446" FOREIGN KEY ("session_id") REFERENCES "imaging_session"("id") ON DELETE CASCADE ON UPDATE NO ACTION
        `);
    await queryRunner.query(`
            ALTER TABLE "variable"
            ADD CONSTRAINT "FK_4d520ff4dfbd9006f9939ddd993" FOREIGN KEY ("dataset_id") REFERENCES "dataset"("id") ON DELETE CASCADE ON UPDATE NO ACTION
        `);
    await queryRunner.query(`
            ALTER TABLE "variable"
            ADD CONSTRAINT "FK_e22f43a7faca0d9a279359cc070" FOREIGN KEY ("source_id") REFERENCES "source"("id") ON DELETE RESTRICT ON UPDATE NO ACTION
        `);
    await queryRunner.query(`
            ALTER TABLE "variable"
            ADD CONSTRAINT "FK_cc769b586b03d42e9a64a9a2440" FOREIGN KEY ("concept_id") REFERENCES "concept"("id") ON DELETE RESTRICT ON UPDATE NO ACTION
        `);
  }

  public async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
            ALTER TABLE "variable" DROP CONSTRAINT "FK_cc769b586b03d42e9a64a9a2440"
        `);
    await queryRunner.query(`
            ALTER TABLE "variable" DROP CONSTRAINT "FK_e22f43a7faca0d9a279359cc070"
        `);
    await queryRunner.query(`
            ALTER TABLE "variable" DROP CONSTRAINT "FK_4d520ff4dfbd9006f9939ddd993"
        `);
    await queryRunner.query(`
            ALTER TABLE "value" DROP CONSTRAINT "FK_1f4b95a2d96ff5ab84686607446"
        `);
    await queryRunner.query(`
            ALTER TABLE "value" DROP CONSTRAINT "FK_7ff7d3f78bcaaadd252a1e0f0c9"
        `);
    await queryRunner.query(`
            ALTER TABLE "value" DROP CONSTRAINT "FK_4f7e9e611e1804441326ef94e31"
        `);
    await queryRunner.query(`
            ALTER TABLE "subject" DROP CONSTRAINT "FK_f9a564ce3b3ab0b2d545522afe7"
        `);
    await queryRunner.query(`
            ALTER TABLE "subject" DROP CONSTRAINT "FK_cd0fa1029809cbe3e0ca03f5f6a"
        `);
    await queryRunner.query(`
            ALTER TABLE "scan" DROP CONSTRAINT "FK_80233e1420ef33c134305ba5876"
        `);
    await queryRunner.query(`
            ALTER TABLE "scan" DROP CONSTRAINT "FK_1d8c15f71b90abc431a70ea58e0"
        `);
    await queryRunner.query(`
            ALTER TABLE "resource" DROP CONSTRAINT "FK_79a9b2286d50ef69a41fad625e3"
        `);
    await queryRunner.query(`
            ALTER TABLE "resource" DROP CONSTRAINT "FK_cc1e7cde54f02804401ccf4eb78"
        `);
    await queryRunner.query(`
            ALTER TABLE "resource" DROP CONSTRAINT "FK_c0338213ff279823da721fc39cf"
        `);
    await queryRunner.query(`
            ALTER TABLE "imaging_session" DROP CONSTRAINT "FK_b2eb62e20c32ad8075e47d55947"
        `);
    await queryRunner.query(`
            ALTER TABLE "identifier" DROP CONSTRAINT "FK_4fe8e5fbb1505582ee3d4124848"
        `);
    await queryRunner.query(`
            ALTER TABLE "field_origin" DROP CONSTRAINT "FK_54d53a2e71e8cc6527a1ea79bd2"
        `);
    await queryRunner.query(`
            ALTER TABLE "field_origin" DROP CONSTRAINT "FK_d16fa5adee70ef0137116dedf10"
        `);
    await queryRunner.query(`
            ALTER TABLE "distribution" DROP CONSTRAINT "FK_b1904845a85f40c7cbcabc0d298"
        `);
    await queryRunner.query(`
            ALTER TABLE "distribution" DROP CONSTRAINT "FK_6ecc99f75654d2787c669725640"
        `);
    await queryRunner.query(`
            ALTER TABLE "dataset_version" DROP CONSTRAINT "FK_fcb86b61c0cfeec3a428b675f98"
        `);
    await queryRunner.query(`
            ALTER TABLE "dataset" DROP CONSTRAINT "FK_f353e15500986425ca6b91434e7"
        `);
    await queryRunner.query(`
            ALTER TABLE "dataset" DROP CONSTRAINT "FK_0faf1989a3d6707e78ba1a796ff"
        `);
    await queryRunner.query(`
            ALTER TABLE "dataset_source_record" DROP CONSTRAINT "FK_10d8274e8dcebeab436b82505a1"
        `);
    await queryRunner.query(`
            ALTER TABLE "dataset_source_record" DROP CONSTRAINT "FK_5eac9d9c3a933430513b045134d"
        `);
    await queryRunner.query(`
            ALTER TABLE "dataset_relation" DROP CONSTRAINT "FK_3b43323195dc9b6a98aea0822a6"
        `);
    await queryRunner.query(`
            ALTER TABLE "dataset_publication" DROP CONSTRAINT "FK_72c1f01d1752811d8be9fe9a481"
        `);
    await queryRunner.query(`
            ALTER TABLE "dataset_publication" DROP CONSTRAINT "FK_30b7fdc6d97275faba145bdb070"
        `);
    await queryRunner.query(`
            ALTER TABLE "dataset_modality" DROP CONSTRAINT "FK_c100b28a543f40857fe81cc4023"
        `);
    await queryRunner.query(`
            ALTER TABLE "dataset_modality" DROP CONSTRAINT "FK_b703646f50cf0a0ea76ae0ef4f1"
        `);
    await queryRunner.query(`
            ALTER TABLE "dataset_count" DROP CONSTRAINT "FK_1355b7ceeb7f8e9e6c64c0039a5"
        `);
    await queryRunner.query(`
            ALTER TABLE "dataset_concept" DROP CONSTRAINT "FK_9f21bdc5b166d401c73fe241505"
        `);
    await queryRunner.query(`
            ALTER TABLE "dataset_concept" DROP CONSTRAINT "FK_0bad490dc1fc109b1a04205c323"
        `);
    await queryRunner.query(`
            ALTER TABLE "dataset_creator" DROP CONSTRAINT "FK_9aab5059efab2e70899d96bc8a1"
        `);
    await queryRunner.query(`
            ALTER TABLE "dataset_creator" DROP CONSTRAINT "FK_9b85750cf5db3acc975f56ed34a"
        `);
    await queryRunner.query(`
            ALTER TABLE "concept_broader" DROP CONSTRAINT "FK_8c6710f8497789541937d70a6ea"
        `);
    await queryRunner.query(`
            ALTER TABLE "concept_broader" DROP CONSTRAINT "FK_89fa7a2e2b6f8de38253706aed9"
        `);
    await queryRunner.query(`
            ALTER TABLE "assessor" DROP CONSTRAINT "FK_80ffc594d75ed874c4a3375a5b2"
        `);
    await queryRunner.query(`
            ALTER TABLE "role_grant" DROP CONSTRAINT "FK_357cf509f1363b8aca31fc5859d"
        `);
    await queryRunner.query(`
            ALTER TABLE "role_grant" DROP CONSTRAINT "FK_ec3485e7e15b6583b452807cfb5"
        `);
    await queryRunner.query(`
            ALTER TABLE "access_token" DROP CONSTRAINT "FK_4e59a89da8ce025dbf284b3f56f"
        `);
    await queryRunner.query(`
            DROP TABLE "variable"
        `);
    await queryRunner.query(`
            DROP INDEX "public"."IDX_7ff7d3f78bcaaadd252a1e0f0c"
        `);
    await queryRunner.query(`
            DROP INDEX "public"."IDX_be24afd74f40a95a943d4172f3"
        `);
    await queryRunner.query(`
            DROP INDEX "public"."IDX_31d8557626867f14da7d2a14dd"
        `);
    await queryRunner.query(`
            DROP TABLE "value"
        `);
    await queryRunner.query(`
            DROP TABLE "subject"
        `);
    await queryRunner.query(`
            DROP TABLE "source"
        `);
    await queryRunner.query(`
            DROP INDEX "public"."IDX_569dbc54805841d0d284bb8bb7"
        `);
    await queryRunner.query(`
            DROP INDEX "public"."IDX_d5f8b46cd90fa1fb06ed9fdf1f"
        `);
    await queryRunner.query(`
            DROP INDEX "public"."IDX_147c72451280c90fe402defc95"
        `);
    await queryRunner.query(`
            DROP TABLE "scan"
        `);
    await queryRunner.query(`
            DROP INDEX "public"."IDX_caef05be12fa638fbbd3f00944"
        `);
    await queryRunner.query(`
            DROP INDEX "public"."IDX_7634b5c4b79be6f00b36fb8031"
        `);
    await queryRunner.query(`
            DROP INDEX "public"."IDX_130a6803adcb4dd36796c9c135"
        `);
    await queryRunner.query(`
            DROP TABLE "resource"
        `);
    await queryRunner.query(`
            DROP TABLE "publication"
        `);
    await queryRunner.query(`
            DROP TABLE "modality"
        `);
    await queryRunner.query(`
            DROP TABLE "license"
        `);
    await queryRunner.query(`
            DROP INDEX "public"."IDX_cda53ecd8f53846bd787884392"
        `);
    await queryRunner.query(`
            DROP INDEX "public"."IDX_11962f75bf4b062c7c5f112dbb"
        `);
    await queryRunner.query(`
            DROP INDEX "public"."IDX_f5d97773393300a062b09065c2"
        `);
    await queryRunner.query(`
            DROP TABLE "imaging_session"
        `);
    await queryRunner.query(`
            DROP INDEX "public"."IDX_2541ea00983f9e4ae45b6fe407"
        `);
    await queryRunner.query(`
            DROP TABLE "identifier"
        `);
    await queryRunner.query(`
            DROP TABLE "field_origin"
        `);
    await queryRunner.query(`
            DROP INDEX "public"."IDX_d9f5093d6e2d0d28a7ca8e120b"
        `);
    await queryRunner.query(`
            DROP TABLE "distribution"
        `);
    await queryRunner.query(`
            DROP TABLE "dataset_version"
        `);
    await queryRunner.query(`
            DROP INDEX "public"."IDX_d9bb9a2ce2248c50dc4e2dbb20"
        `);
    await queryRunner.query(`
            DROP INDEX "public"."IDX_83e70301d822a4f4b07b46743e"
        `);
    await queryRunner.query(`
            DROP INDEX "public"."IDX_a0a161aef16aecfeb2f717e39c"
        `);
    await queryRunner.query(`
            DROP TABLE "dataset"
        `);
    await queryRunner.query(`
            DROP INDEX "public"."IDX_5eac9d9c3a933430513b045134"
        `);
    await queryRunner.query(`
            DROP TABLE "dataset_source_record"
        `);
    await queryRunner.query(`
            DROP INDEX "public"."IDX_1052b8b2d88c1d74828f6afa0f"
        `);
    await queryRunner.query(`
            DROP TABLE "dataset_relation"
        `);
    await queryRunner.query(`
            DROP TABLE "dataset_publication"
        `);
    await queryRunner.query(`
            DROP INDEX "public"."IDX_c100b28a543f40857fe81cc402"
        `);
    await queryRunner.query(`
            DROP TABLE "dataset_modality"
        `);
    await queryRunner.query(`
            DROP TABLE "dataset_count"
        `);
    await queryRunner.query(`
            DROP INDEX "public"."IDX_e5667f79e01ff475ad9c2155ce"
        `);
    await queryRunner.query(`
            DROP TABLE "dataset_concept"
        `);
    await queryRunner.query(`
            DROP INDEX "public"."IDX_9aab5059efab2e70899d96bc8a"
        `);
    await queryRunner.query(`
            DROP TABLE "dataset_creator"
        `);
    await queryRunner.query(`
            DROP TABLE "concept"
        `);
    await queryRunner.query(`
            DROP INDEX "public"."IDX_8c6710f8497789541937d70a6e"
        `);
    await queryRunner.query(`
            DROP TABLE "concept_broader"
        `);
    await queryRunner.query(`
            DROP INDEX "public"."IDX_48c1634edff5e2cbeb75351782"
        `);
    await queryRunner.query(`
            DROP TABLE "catalog_event"
        `);
    await queryRunner.query(`
            DROP INDEX "public"."IDX_70c8706e4fcfaacdd7502376fa"
        `);
    await queryRunner.query(`
            DROP TABLE "assessor"
        `);
    await queryRunner.query(`
            DROP TABLE "agent"
        `);
    await queryRunner.query(`
            DROP INDEX "public"."IDX_4e3ef39be57e353c017983abc8"
        `);
    await queryRunner.query(`
            DROP INDEX "public"."IDX_403381b75788217d5345a185a2"
        `);
    await queryRunner.query(`
            DROP TABLE "role_grant"
        `);
    await queryRunner.query(`
            DROP TABLE "principal"
        `);
    await queryRunner.query(`
            DROP TABLE "installation"
        `);
    await queryRunner.query(`
            DROP TABLE "access_token"
        `);
  }
}
