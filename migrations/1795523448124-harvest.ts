import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Harvest1795523448124 implements MigrationInterface {
  name = 'Harvest1795523448124';

  public async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
            CREATE TABLE "data_source" (
                "id" uuid NOT NULL,
                "name" text COLLATE "C" NOT NULL,
                "kind" text NOT NULL,
                "url" text NOT NULL,
                "created_at" TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(),
                "fresh_at" TIMESTAMP WITH TIME ZONE,
                "lease_holder" uuid,
                "leased_until" TIMESTAMP WITH TIME ZONE,
                CONSTRAINT "UQ_4dad0bcd9e3ae282a371615d78a" UNIQUE ("name"),
                CONSTRAINT "PK_9775f6b6312a926ed37d3af7d95" PRIMARY KEY ("id")
            )
        `);
    await queryRunner.query(`
            CREATE TABLE "harvest_run" (
                "id" uuid NOT NULL,
                "source_id" uuid NOT NULL,
                "state" text NOT NULL,
                "options" jsonb NOT NULL,
                "requested_at" TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(),
                "requested_by" uuid,
                "started_at" TIMESTAMP WITH TIME ZONE,
                "finished_at" TIMESTAMP WITH TIME ZONE,
                "progress" jsonb,
                "report" jsonb,
                "error" text,
                CONSTRAINT "PK_1499c062f2a22351174c7908a2c" PRIMARY KEY ("id")
            )
        `);
    await queryRunner.query(`
            CREATE INDEX "IDX_0d1055adb44388c55fbf8df761" ON "harvest_run" ("source_id", "requested_at")
        `);
    await queryRunner.query(`
            CREATE INDEX "IDX_0d242f4e3e42f476d7c937ab20" ON "harvest_run" ("state")
            WHERE state IN ('REQUESTED', 'RUNNING')
        `);
    await queryRunner.query(`
            CREATE TABLE "mirror_item" (
                "source_id" uuid NOT NULL,
                "id" text COLLATE "C" NOT NULL,
                "kind" text NOT NULL,
                "project" text COLLATE "C" NOT NULL,
                "label" text COLLATE "C" NOT NULL,
                "subject_id" text COLLATE "C",
                "session_id" text COLLATE "C",
                "uid" text,
                "scans" integer NOT NULL DEFAULT '0',
                "fingerprint" text NOT NULL,
                "detail" jsonb NOT NULL,
                CONSTRAINT "PK_cbc74bda9a5a53709638de6fa0f" PRIMARY KEY ("source_id", "id")
            )
        `);
    await queryRunner.query(`
            CREATE INDEX "IDX_f7b9b432735b7b5d04a91b88ab" ON "mirror_item" ("source_id", "project", "kind")
        `);
    await queryRunner.query(`
            CREATE INDEX "IDX_3b9591e7f83f8aa808a7c66afd" ON "mirror_item" ("source_id", "subject_id")
            WHERE subject_id IS NOT NULL
        `);
    await queryRunner.query(`
            CREATE TABLE "mirror_project" (
                "source_id" uuid NOT NULL,
                "id" text COLLATE "C" NOT NULL,
                "dataset_id" uuid NOT NULL,
                "accessibility" text NOT NULL,
                "readable" boolean NOT NULL DEFAULT false,
                "withheld" boolean NOT NULL DEFAULT false,
                "detail" jsonb NOT NULL,
                "dirty" boolean NOT NULL DEFAULT false,
                "checked_at" TIMESTAMP WITH TIME ZONE,
                "changed_at" TIMESTAMP WITH TIME ZONE,
                CONSTRAINT "PK_4234db35fc0c4ad6376b28758e9" PRIMARY KEY ("source_id", "id")
            )
        `);
    await queryRunner.query(`
            CREATE INDEX "IDX_f19618c219fad93748e76bd278" ON "mirror_project" ("dataset_id")
        `);
    await queryRunner.query(`
            CREATE TABLE "mirror_share" (
                "source_id" uuid NOT NULL,
                "project" text COLLATE "C" NOT NULL,
                "id" text COLLATE "C" NOT NULL,
                "kind" text NOT NULL,
                "label" text COLLATE "C" NOT NULL,
                CONSTRAINT "PK_5491c3c2e3e0b4e496312b2106e" PRIMARY KEY ("source_id", "project", "id")
            )
        `);
    await queryRunner.query(`
            ALTER TABLE "harvest_run"
            ADD CONSTRAINT "FK_e0e81285f15f3946e851a320994" FOREIGN KEY ("source_id") REFERENCES "data_source"("id") ON DELETE CASCADE ON UPDATE NO ACTION
        `);
    await queryRunner.query(`
            ALTER TABLE "harvest_run"
            ADD CONSTRAINT "FK_13f691fd954a330f3a79fd5a3d2" FOREIGN KEY ("requested_by") REFERENCES "principal"("id") ON DELETE
            SET NULL ON UPDATE NO ACTION
        `);
    await queryRunner.query(`
            ALTER TABLE "mirror_item"
            ADD CONSTRAINT "FK_8659fb115a76f03f87061033307" FOREIGN KEY ("source_id") REFERENCES "data_source"("id") ON DELETE CASCADE ON UPDATE NO ACTION
        `);
    await queryRunner.query(`
            ALTER TABLE "mirror_project"
            ADD CONSTRAINT "FK_79140ca52c3f669f57e1fbe43fa" FOREIGN KEY ("source_id") REFERENCES "data_source"("id") ON DELETE CASCADE ON UPDATE NO ACTION
        `);
    await queryRunner.query(`
            ALTER TABLE "mirror_project"
            ADD CONSTRAINT "FK_f19618c219fad93748e76bd278c" FOREIGN KEY ("dataset_id") REFERENCES "dataset"("id") ON DELETE CASCADE ON UPDATE NO ACTION
        `);
    await queryRunner.query(`
            ALTER TABLE "mirror_share"
            ADD CONSTRAINT "FK_a744e02797dd267cde9d0890688" FOREIGN KEY ("source_id") REFERENCES "data_source"("id") ON DELETE CASCADE ON UPDATE NO ACTION
        `);
  }

  public async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
            ALTER TABLE "mirror_share" DROP CONSTRAINT "FK_a744e02797dd267cde9d0890688"
        `);
    await queryRunner.query(`
            ALTER TABLE "mirror_project" DROP CONSTRAINT "FK_f19618c219fad93748e76bd278c"
        `);
    await queryRunner.query(`
            ALTER TABLE "mirror_project" DROP CONSTRAINT "FK_79140ca52c3f669f57e1fbe43fa"
        `);
    await queryRunner.query(`
            ALTER TABLE "mirror_item" DROP CONSTRAINT "FK_8659fb115a76f03f87061033307"
        `);
    await queryRunner.query(`
            ALTER TABLE "harvest_run" DROP CONSTRAINT "FK_13f691fd954a330f3a79fd5a3d2"
        `);
    await queryRunner.query(`
            ALTER TABLE "harvest_run" DROP CONSTRAINT "FK_e0e81285f15f3946e851a320994"
        `);
    await queryRunner.query(`
            DROP TABLE "mirror_share"
        `);
    await queryRunner.query(`
            DROP INDEX "public"."IDX_f19618c219fad93748e76bd278"
        `);
    await queryRunner.query(`
            DROP TABLE "mirror_project"
        `);
    await queryRunner.query(`
            DROP INDEX "public"."IDX_3b9591e7f83f8aa808a7c66afd"
        `);
    await queryRunner.query(`
            DROP INDEX "public"."IDX_f7b9b432735b7b5d04a91b88ab"
        `);
    await queryRunner.query(`
            DROP TABLE "mirror_item"
        `);
    await queryRunner.query(`
            DROP INDEX "public"."IDX_0d242f4e3e42f476d7c937ab20"
        `);
    await queryRunner.query(`
            DROP INDEX "public"."IDX_0d1055adb44388c55fbf8df761"
        `);
    await queryRunner.query(`
            DROP TABLE "harvest_run"
        `);
    await queryRunner.query(`
            DROP TABLE "data_source"
        `);
  }
}
