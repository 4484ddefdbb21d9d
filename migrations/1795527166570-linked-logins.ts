import type { MigrationInterface, QueryRunner } from 'typeorm';

export class LinkedLogins1795527166570 implements MigrationInterface {
  name = 'LinkedLogins1795527166570';

  public async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
            ALTER TABLE "principal"
            ADD "linked_to" uuid
        `);
    await queryRunner.query(`
            CREATE INDEX "IDX_1386aee495c119b663018ebaff" ON "principal" ("linked_to")
            WHERE linked_to IS NOT NULL
        `);
    await queryRunner.query(`
            ALTER TABLE "principal"
            ADD CONSTRAINT "FK_f56869e15bb1a485b041fe70e19" FOREIGN KEY ("linked_to") REFERENCES "principal"("id") ON DELETE
            SET NULL ON UPDATE NO ACTION
        `);
  }

  public async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
            ALTER TABLE "principal" DROP CONSTRAINT "FK_f56869e15bb1a485b041fe70e19"
        `);
    await queryRunner.query(`
            DROP INDEX "public"."IDX_1386aee495c119b663018ebaff"
        `);
    await queryRunner.query(`
            ALTER TABLE "principal" DROP COLUMN "linked_to"
        `);
  }
}
