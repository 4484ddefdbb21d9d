import type { MigrationInterface, QueryRunner } from 'typeorm';

export class SavedSearch1795525441588 implements MigrationInterface {
  name = 'SavedSearch1795525441588';

  public async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
            CREATE TABLE "saved_search" (
                "id" uuid NOT NULL,
                "principal_id" uuid NOT NULL,
                "name" text NOT NULL,
                "text" text NOT NULL,
                "filter" jsonb NOT NULL,
                "literal" boolean NOT NULL DEFAULT false,
                "ignore_words" text array NOT NULL DEFAULT '{}',
                "created_at" TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(),
                "seen_at" TIMESTAMP WITH TIME ZONE NOT NULL,
                CONSTRAINT "PK_563b338d8b4878fa46697c8f3f2" PRIMARY KEY ("id")
            )
        `);
    await queryRunner.query(`
            CREATE UNIQUE INDEX "IDX_039348bbf6e08a8d36acc8f223" ON "saved_search" ("principal_id", "name")
        `);
    await queryRunner.query(`
            ALTER TABLE "saved_search"
            ADD CONSTRAINT "FK_83e2b87c4e4d900034f4173fc56" FOREIGN KEY ("principal_id") REFERENCES "principal"("id") ON DELETE CASCADE ON UPDATE NO ACTION
        `);
  }

  public async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
            ALTER TABLE "saved_search" DROP CONSTRAINT "FK_83e2b87c4e4d900034f4173fc56"
        `);
    await queryRunner.query(`
            DROP INDEX "public"."IDX_039348bbf6e08a8d36acc8f223"
        `);
    await queryRunner.query(`
            DROP TABLE "saved_search"
        `);
  }
}
