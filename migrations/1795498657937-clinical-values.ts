import type { MigrationInterface, QueryRunner } from 'typeorm';

export class ClinicalValues1795498657937 implements MigrationInterface {
  name = 'ClinicalValues1795498657937';

  public async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
            CREATE TABLE "subject_statement" (
                "subject_id" uuid NOT NULL,
                "source_id" smallint NOT NULL,
                "sex" text,
                "age_years" double precision,
                "diagnosis" text,
                "subject_group" text,
                "site" text,
                "source_hash" bytea NOT NULL,
                "received_at" TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(),
                CONSTRAINT "PK_574949ba487524321a6b0d72d7a" PRIMARY KEY ("subject_id", "source_id")
            )
        `);
    // Until now each subject had one source: its row is what that source said.
    await queryRunner.query(`
            INSERT INTO "subject_statement" ("subject_id", "source_id", "sex", "age_years", "diagnosis", "subject_group", "site", "source_hash")
            SELECT "id", "source_id", "sex", "age_years", "diagnosis", "subject_group", "site", "source_hash" FROM "subject" WHERE "retired_at" IS NULL
        `);
    await queryRunner.query(`
            CREATE INDEX "IDX_9f50836479faddff21a4018f50" ON "subject_statement" ("source_id")
        `);
    await queryRunner.query(`
            ALTER TABLE "value"
            ADD "label" text COLLATE "C"
        `);
    await queryRunner.query(`
            ALTER TABLE "value"
            ADD "missing" boolean NOT NULL DEFAULT false
        `);
    // A value that is there already is the word of the source that defined its variable.
    await queryRunner.query(`
            ALTER TABLE "value"
            ADD "source_id" smallint
        `);
    await queryRunner.query(`
            UPDATE "value" x SET "source_id" = v."source_id" FROM "variable" v WHERE v."id" = x."variable_id"
        `);
    await queryRunner.query(`
            ALTER TABLE "value"
            ALTER COLUMN "source_id" SET NOT NULL
        `);
    await queryRunner.query(`
            ALTER TABLE "variable"
            ADD "category_concepts" jsonb
        `);
    await queryRunner.query(`
            CREATE INDEX "IDX_00e730e4f0f7e2d872a199231f" ON "value" ("variable_id", "number")
            WHERE number IS NOT NULL
        `);
    await queryRunner.query(`
            CREATE INDEX "IDX_0270faa58f64da1c0d45fcc6d2" ON "value" ("variable_id", "label")
            WHERE label IS NOT NULL
        `);
    await queryRunner.query(`
            ALTER TABLE "subject_statement"
            ADD CONSTRAINT "FK_9f50836479faddff21a4018f50b" FOREIGN KEY ("source_id") REFERENCES "source"("id") ON DELETE RESTRICT ON UPDATE NO ACTION
        `);
    await queryRunner.query(`
            ALTER TABLE "subject_statement"
            ADD CONSTRAINT "FK_2d51b9ddeda868e26d90d8c0fa4" FOREIGN KEY ("subject_id") REFERENCES "subject"("id") ON DELETE CASCADE ON UPDATE NO ACTION
        `);
    await queryRunner.query(`
            ALTER TABLE "value"
            ADD CONSTRAINT "FK_f1f3f0e83f708097977cd43eb10" FOREIGN KEY ("source_id") REFERENCES "source"("id") ON DELETE RESTRICT ON UPDATE NO ACTION
        `);
  }

  public async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
            ALTER TABLE "value" DROP CONSTRAINT "FK_f1f3f0e83f708097977cd43eb10"
        `);
    await queryRunner.query(`
            ALTER TABLE "subject_statement" DROP CONSTRAINT "FK_2d51b9ddeda868e26d90d8c0fa4"
        `);
    await queryRunner.query(`
            ALTER TABLE "subject_statement" DROP CONSTRAINT "FK_9f50836479faddff21a4018f50b"
        `);
    await queryRunner.query(`
            DROP INDEX "public"."IDX_0270faa58f64da1c0d45fcc6d2"
        `);
    await queryRunner.query(`
            DROP INDEX "public"."IDX_00e730e4f0f7e2d872a199231f"
        `);
    await queryRunner.query(`
            ALTER TABLE "variable" DROP COLUMN "category_concepts"
        `);
    await queryRunner.query(`
            ALTER TABLE "value" DROP COLUMN "source_id"
        `);
    await queryRunner.query(`
            ALTER TABLE "value" DROP COLUMN "missing"
        `);
    await queryRunner.query(`
            ALTER TABLE "value" DROP COLUMN "label"
        `);
    await queryRunner.query(`
            DROP INDEX "public"."IDX_9f50836479faddff21a4018f50"
        `);
    await queryRunner.query(`
            DROP TABLE "subject_statement"
        `);
  }
}
