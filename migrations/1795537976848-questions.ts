import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Questions1795537976848 implements MigrationInterface {
  name = 'Questions1795537976848';

  public async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
            CREATE TABLE "mesh_descriptor" (
                "ui" text COLLATE "C" NOT NULL,
                "label" text NOT NULL,
                "synonyms" text array NOT NULL DEFAULT '{}',
                "tree_numbers" text array NOT NULL DEFAULT '{}',
                "changed_at" TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(),
                CONSTRAINT "PK_c3fde8f9c5eb598baa39f450b34" PRIMARY KEY ("ui")
            )
        `);
    await queryRunner.query(`
            CREATE INDEX "IDX_b526a29428d67dc6b8c8a8ded0" ON "mesh_descriptor" ("changed_at")
        `);
    await queryRunner.query(`
            CREATE TABLE "question_match" (
                "question_id" uuid NOT NULL,
                "article_id" uuid NOT NULL,
                "number" bigint NOT NULL,
                "score" double precision NOT NULL,
                "words" double precision,
                "meaning" double precision,
                "passage" text,
                "matched_at" TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(),
                "verdict" text COLLATE "C",
                "judged_by" uuid,
                "judged_at" TIMESTAMP WITH TIME ZONE,
                CONSTRAINT "PK_976ab4083d553fbdba8d6497e2a" PRIMARY KEY ("question_id", "article_id")
            )
        `);
    await queryRunner.query(`
            CREATE UNIQUE INDEX "IDX_73552a0db03758e2b098019e06" ON "question_match" ("question_id", "number")
        `);
    await queryRunner.query(`
            CREATE INDEX "IDX_9ae6843bfa64c9da511a7c7f51" ON "question_match" ("question_id", "score", "article_id")
        `);
    await queryRunner.query(`
            CREATE INDEX "IDX_91c5202c9b37a4b784d3b10367" ON "question_match" ("article_id")
        `);
    await queryRunner.query(`
            CREATE TABLE "question" (
                "id" uuid NOT NULL,
                "owner_id" uuid NOT NULL,
                "text" text NOT NULL,
                "notes" text,
                "shared" boolean NOT NULL DEFAULT false,
                "filter" jsonb NOT NULL,
                "version" integer NOT NULL DEFAULT '1',
                "linked_revision" bigint,
                "change_count" integer NOT NULL DEFAULT '0',
                "match_count" bigint NOT NULL DEFAULT '0',
                "created_at" TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(),
                "updated_at" TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(),
                CONSTRAINT "PK_21e5786aa0ea704ae185a79b2d5" PRIMARY KEY ("id")
            )
        `);
    await queryRunner.query(`
            CREATE INDEX "IDX_a29d7a5fb28cb17c4aae7837dc" ON "question" ("owner_id")
        `);
    await queryRunner.query(`
            CREATE INDEX "IDX_29f6f169b7c5c339889686396a" ON "question" ("linked_revision")
        `);
    await queryRunner.query(`
            ALTER TABLE "question_match"
            ADD CONSTRAINT "FK_2a9ebbb89cd0f60706b6a8276d8" FOREIGN KEY ("question_id") REFERENCES "question"("id") ON DELETE CASCADE ON UPDATE NO ACTION
        `);
    await queryRunner.query(`
            ALTER TABLE "question_match"
            ADD CONSTRAINT "FK_91c5202c9b37a4b784d3b103678" FOREIGN KEY ("article_id") REFERENCES "article"("id") ON DELETE CASCADE ON UPDATE NO ACTION
        `);
    await queryRunner.query(`
            ALTER TABLE "question_match"
            ADD CONSTRAINT "FK_658d22f33e1232b412a0256e3ba" FOREIGN KEY ("judged_by") REFERENCES "principal"("id") ON DELETE
            SET NULL ON UPDATE NO ACTION
        `);
    await queryRunner.query(`
            ALTER TABLE "question"
            ADD CONSTRAINT "FK_a29d7a5fb28cb17c4aae7837dc4" FOREIGN KEY ("owner_id") REFERENCES "principal"("id") ON DELETE CASCADE ON UPDATE NO ACTION
        `);
  }

  public async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
            ALTER TABLE "question" DROP CONSTRAINT "FK_a29d7a5fb28cb17c4aae7837dc4"
        `);
    await queryRunner.query(`
            ALTER TABLE "question_match" DROP CONSTRAINT "FK_658d22f33e1232b412a0256e3ba"
        `);
    await queryRunner.query(`
            ALTER TABLE "question_match" DROP CONSTRAINT "FK_91c5202c9b37a4b784d3b103678"
        `);
    await queryRunner.query(`
            ALTER TABLE "question_match" DROP CONSTRAINT "FK_2a9ebbb89cd0f60706b6a8276d8"
        `);
    await queryRunner.query(`
            DROP INDEX "public"."IDX_29f6f169b7c5c339889686396a"
        `);
    await queryRunner.query(`
            DROP INDEX "public"."IDX_a29d7a5fb28cb17c4aae7837dc"
        `);
    await queryRunner.query(`
            DROP TABLE "question"
        `);
    await queryRunner.query(`
            DROP INDEX "public"."IDX_91c5202c9b37a4b784d3b10367"
        `);
    await queryRunner.query(`
            DROP INDEX "public"."IDX_9ae6843bfa64c9da511a7c7f51"
        `);
    await queryRunner.query(`
            DROP INDEX "public"."IDX_73552a0db03758e2b098019e06"
        `);
    await queryRunner.query(`
            DROP TABLE "question_match"
        `);
    await queryRunner.query(`
            DROP INDEX "public"."IDX_b526a29428d67dc6b8c8a8ded0"
        `);
    await queryRunner.query(`
            DROP TABLE "mesh_descriptor"
        `);
  }
}
