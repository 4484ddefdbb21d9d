import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Mirror1795523050756 implements MigrationInterface {
  name = 'Mirror1795523050756';

  public async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
            CREATE TABLE "share_edge" (
                "dataset_id" uuid NOT NULL,
                "source_id" smallint NOT NULL,
                "item_id" uuid NOT NULL,
                "item_kind" text NOT NULL,
                "label" text COLLATE "C" NOT NULL,
                CONSTRAINT "PK_b83c8feb4ed5a79c15ffd23be5e" PRIMARY KEY ("dataset_id", "source_id", "item_id")
            )
        `);
    await queryRunner.query(`
            CREATE INDEX "IDX_36614bad3774ba93de3fefbd11" ON "share_edge" ("item_id")
        `);
    await queryRunner.query(`
            ALTER TABLE "assessor"
            ADD "subject_id" uuid
        `);
    await queryRunner.query(`
            ALTER TABLE "dataset"
            ADD "withheld_source_id" smallint
        `);
    await queryRunner.query(`
            ALTER TABLE "imaging_session"
            ADD "prior" jsonb
        `);
    await queryRunner.query(`
            ALTER TABLE "scan"
            ADD "prior" jsonb
        `);
    await queryRunner.query(`
            ALTER TABLE "assessor"
            ALTER COLUMN "session_id" DROP NOT NULL
        `);
    await queryRunner.query(`
            CREATE INDEX "IDX_3943dbc715006644983f29ce75" ON "assessor" ("subject_id", "label")
            WHERE subject_id IS NOT NULL
        `);
    await queryRunner.query(`
            CREATE INDEX "IDX_41c9911a3a2da54f983ff6c9bd" ON "imaging_session" ("dataset_id")
            WHERE prior IS NOT NULL
        `);
    await queryRunner.query(`
            CREATE INDEX "IDX_e5c48f41295bcaadb101850748" ON "scan" ("dataset_id")
            WHERE prior IS NOT NULL
        `);
    await queryRunner.query(`
            CREATE INDEX "IDX_fc392dfbf99e30e0d2b1af7002" ON "value" ("session_id")
            WHERE session_id IS NOT NULL
        `);
    await queryRunner.query(`
            ALTER TABLE "assessor"
            ADD CONSTRAINT "CHK_38585952ba057c14629466435e" CHECK (num_nonnulls(subject_id, session_id) = 1)
        `);
    await queryRunner.query(`
            ALTER TABLE "assessor"
            ADD CONSTRAINT "FK_460cec8de1c760470297d13195b" FOREIGN KEY ("subject_id") REFERENCES "subject"("id") ON DELETE CASCADE ON UPDATE NO ACTION
        `);
    await queryRunner.query(`
            ALTER TABLE "dataset"
            ADD CONSTRAINT "FK_a873c9efefb74fb4ba483f39fb9" FOREIGN KEY ("withheld_source_id") REFERENCES "source"("id") ON DELETE RESTRICT ON UPDATE NO ACTION
        `);
    await queryRunner.query(`
            ALTER TABLE "share_edge"
            ADD CONSTRAINT "FK_88ea59ec917149b8ce83883038e" FOREIGN KEY ("dataset_id") REFERENCES "dataset"("id") ON DELETE CASCADE ON UPDATE NO ACTION
        `);
    await queryRunner.query(`
            ALTER TABLE "share_edge"
            ADD CONSTRAINT "FK_23539de8274d00dbbf4f3b16653" FOREIGN KEY ("source_id") REFERENCES "source"("id") ON DELETE RESTRICT ON UPDATE NO ACTION
        `);
  }

  public async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
            ALTER TABLE "share_edge" DROP CONSTRAINT "FK_23539de8274d00dbbf4f3b16653"
        `);
    await queryRunner.query(`
            ALTER TABLE "share_edge" DROP CONSTRAINT "FK_88ea59ec917149b8ce83883038e"
        `);
    await queryRunner.query(`
            ALTER TABLE "dataset" DROP CONSTRAINT "FK_a873c9efefb74fb4ba483f39fb9"
        `);
    await queryRunner.query(`
            ALTER TABLE "assessor" DROP CONSTRAINT "FK_460cec8de1c760470297d13195b"
        `);
    await queryRunner.query(`
            ALTER TABLE "assessor" DROP CONSTRAINT "CHK_38585952ba057c14629466435e"
        `);
    await queryRunner.query(`
            DROP INDEX "public"."IDX_fc392dfbf99e30e0d2b1af7002"
        `);
    await queryRunner.query(`
            DROP INDEX "public"."IDX_e5c48f41295bcaadb101850748"
        `);
    await queryRunner.query(`
            DROP INDEX "public"."IDX_41c9911a3a2da54f983ff6c9bd"
        `);
    await queryRunner.query(`
            DROP INDEX "public"."IDX_3943dbc715006644983f29ce75"
        `);
    // What belongs to a subject alone has no place in the older table.
    await queryRunner.query(`
            DELETE FROM "assessor" WHERE "session_id" IS NULL
        `);
    await queryRunner.query(`
            ALTER TABLE "assessor"
            ALTER COLUMN "session_id"
            SET NOT NULL
        `);
    await queryRunner.query(`
            ALTER TABLE "scan" DROP COLUMN "prior"
        `);
    await queryRunner.query(`
            ALTER TABLE "imaging_session" DROP COLUMN "prior"
        `);
    await queryRunner.query(`
            ALTER TABLE "dataset" DROP COLUMN "withheld_source_id"
        `);
    await queryRunner.query(`
            ALTER TABLE "assessor" DROP COLUMN "subject_id"
        `);
    await queryRunner.query(`
            DROP INDEX "public"."IDX_36614bad3774ba93de3fefbd11"
        `);
    await queryRunner.query(`
            DROP TABLE "share_edge"
        `);
  }
}
