import type { MigrationInterface, QueryRunner } from 'typeorm';

export class AuditAndTokenScope1795509039238 implements MigrationInterface {
  name = 'AuditAndTokenScope1795509039238';

  public async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
            CREATE TABLE "audit_entry" (
                "sequence" bigint NOT NULL,
                "at" TIMESTAMP WITH TIME ZONE NOT NULL,
                "actor" uuid,
                "action" text NOT NULL,
                "object_kind" text,
                "object_id" text,
                "outcome" text NOT NULL,
                "code" text,
                "request_id" text,
                "facts" text NOT NULL,
                "previous_hash" text NOT NULL,
                "hash" text NOT NULL,
                CONSTRAINT "PK_c30e76145b0ecf802cd4af44910" PRIMARY KEY ("sequence")
            )
        `);
    await queryRunner.query(`
            CREATE INDEX "IDX_2c18b9a6bd6fd53ffbfef633c3" ON "audit_entry" ("actor", "sequence")
            WHERE actor IS NOT NULL
        `);
    await queryRunner.query(`
            CREATE INDEX "IDX_58816d04e3a5d1722229c41972" ON "audit_entry" ("object_id", "sequence")
            WHERE object_id IS NOT NULL
        `);
    await queryRunner.query(`
            CREATE TABLE "audit_head" (
                "id" smallint NOT NULL,
                "sequence" bigint NOT NULL,
                "hash" text NOT NULL,
                CONSTRAINT "PK_d3ed64edb3e208e83ccb5da589a" PRIMARY KEY ("id")
            )
        `);
    await queryRunner.query(`
            ALTER TABLE "access_token"
            ADD "dataset_ids" uuid array NOT NULL DEFAULT '{}'
        `);
    await queryRunner.query(`
            ALTER TABLE "access_token"
            ADD "created_with" uuid
        `);
    // The chain begins empty; its head is the place that the first entry follows.
    await queryRunner.query(`INSERT INTO "audit_head" ("id", "sequence", "hash") VALUES (1, 0, repeat('0', 64))`);
    await queryRunner.query(`
            CREATE FUNCTION "audit_refuse_change"() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                RAISE EXCEPTION 'The audit trail is append-only: % of % is refused.', TG_OP, TG_TABLE_NAME
                    USING ERRCODE = 'insufficient_privilege';
            END $$
        `);
    await queryRunner.query(`
            CREATE FUNCTION "audit_advance_head"() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF NEW."id" = OLD."id" AND NEW."sequence" = OLD."sequence" + 1 THEN
                    RETURN NEW;
                END IF;
                RAISE EXCEPTION 'The head of the audit trail moves by one entry at a time.'
                    USING ERRCODE = 'insufficient_privilege';
            END $$
        `);
    await queryRunner.query(`
            CREATE TRIGGER "audit_entry_row_guard" BEFORE UPDATE OR DELETE ON "audit_entry"
            FOR EACH ROW EXECUTE FUNCTION "audit_refuse_change"()
        `);
    await queryRunner.query(`
            CREATE TRIGGER "audit_entry_truncate_guard" BEFORE TRUNCATE ON "audit_entry"
            FOR EACH STATEMENT EXECUTE FUNCTION "audit_refuse_change"()
        `);
    await queryRunner.query(`
            CREATE TRIGGER "audit_head_update_guard" BEFORE UPDATE ON "audit_head"
            FOR EACH ROW EXECUTE FUNCTION "audit_advance_head"()
        `);
    await queryRunner.query(`
            CREATE TRIGGER "audit_head_delete_guard" BEFORE DELETE OR TRUNCATE ON "audit_head"
            FOR EACH STATEMENT EXECUTE FUNCTION "audit_refuse_change"()
        `);
    // Who acts at the command line; its id is the one of src/access/system-principal.ts.
    await queryRunner.query(`
            INSERT INTO "principal" ("id", "name") VALUES ('e1c83780-9ae0-56d1-85a6-fc6211523c6f', 'cli') ON CONFLICT DO NOTHING
        `);
  }

  public async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
            ALTER TABLE "access_token" DROP COLUMN "created_with"
        `);
    await queryRunner.query(`
            ALTER TABLE "access_token" DROP COLUMN "dataset_ids"
        `);
    await queryRunner.query(`
            DROP TABLE "audit_head"
        `);
    await queryRunner.query(`
            DROP INDEX "public"."IDX_58816d04e3a5d1722229c41972"
        `);
    await queryRunner.query(`
            DROP INDEX "public"."IDX_2c18b9a6bd6fd53ffbfef633c3"
        `);
    await queryRunner.query(`
            DROP TABLE "audit_entry"
        `);
    await queryRunner.query(`DROP FUNCTION "audit_advance_head"()`);
    await queryRunner.query(`DROP FUNCTION "audit_refuse_change"()`);
    await queryRunner.query(`DELETE FROM "principal" WHERE "id" = 'e1c83780-9ae0-56d1-85a6-fc6211523c6f'`);
  }
}
