import type { MigrationInterface, QueryRunner } from 'typeorm';

export class VocabularyEdits1795537747240 implements MigrationInterface {
  name = 'VocabularyEdits1795537747240';

  public async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
            ALTER TABLE "concept"
            ADD "version" integer NOT NULL DEFAULT '1'
        `);
    await queryRunner.query(`
            ALTER TABLE "concept"
            ADD "curated" boolean NOT NULL DEFAULT false
        `);
    await queryRunner.query(`
            ALTER TABLE "concept"
            ADD "edited" boolean NOT NULL DEFAULT false
        `);
    await queryRunner.query(`
            ALTER TABLE "concept"
            ADD "retired_at" TIMESTAMP WITH TIME ZONE
        `);
    await queryRunner.query(`
            ALTER TABLE "concept"
            ADD "replaced_by" uuid
        `);
    await queryRunner.query(`
            ALTER TABLE "concept"
            ADD CONSTRAINT "FK_5b3ebcb62af01939f9073c3af8b" FOREIGN KEY ("replaced_by") REFERENCES "concept"("id") ON DELETE
            SET NULL ON UPDATE NO ACTION
        `);
  }

  public async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
            ALTER TABLE "concept" DROP CONSTRAINT "FK_5b3ebcb62af01939f9073c3af8b"
        `);
    await queryRunner.query(`
            ALTER TABLE "concept" DROP COLUMN "replaced_by"
        `);
    await queryRunner.query(`
            ALTER TABLE "concept" DROP COLUMN "retired_at"
        `);
    await queryRunner.query(`
            ALTER TABLE "concept" DROP COLUMN "edited"
        `);
    await queryRunner.query(`
            ALTER TABLE "concept" DROP COLUMN "curated"
        `);
    await queryRunner.query(`
            ALTER TABLE "concept" DROP COLUMN "version"
        `);
  }
}
