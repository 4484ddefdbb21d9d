import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Literature1795536547353 implements MigrationInterface {
  name = 'Literature1795536547353';

  public async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('CREATE SEQUENCE "article_revision"');
    await queryRunner.query(`
            CREATE TABLE "article_file" (
                "source" text COLLATE "C" NOT NULL,
                "file" text COLLATE "C" NOT NULL,
                "items" bigint NOT NULL,
                "cursor" text,
                "complete" boolean NOT NULL DEFAULT false,
                "accepted" bigint NOT NULL DEFAULT '0',
                "unchanged" bigint NOT NULL DEFAULT '0',
                "deleted" bigint NOT NULL DEFAULT '0',
                "rejected" bigint NOT NULL DEFAULT '0',
                "updated_at" TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(),
                CONSTRAINT "PK_f012539701a51870b9edb8df55c" PRIMARY KEY ("source", "file")
            )
        `);
    await queryRunner.query(`
            CREATE TABLE "article_notice" (
                "article_id" uuid NOT NULL,
                "position" smallint NOT NULL,
                "kind" text COLLATE "C" NOT NULL,
                "pmid" text COLLATE "C",
                "citation" text,
                CONSTRAINT "PK_304122e9d6b42d86718cf6e4198" PRIMARY KEY ("article_id", "position")
            )
        `);
    await queryRunner.query(`
            CREATE INDEX "IDX_27c9e0f4643c59dd55857adae5" ON "article_notice" ("pmid", "kind")
        `);
    await queryRunner.query(`
            CREATE TABLE "article_rejection" (
                "source" text COLLATE "C" NOT NULL,
                "file" text COLLATE "C" NOT NULL,
                "source_id" text COLLATE "C" NOT NULL,
                "error" text NOT NULL,
                "rejected_at" TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(),
                CONSTRAINT "PK_7cca728ff3fbdd7f94e5b55f4a5" PRIMARY KEY ("source", "file", "source_id")
            )
        `);
    await queryRunner.query(`
            CREATE TABLE "article_removal" (
                "id" uuid NOT NULL,
                "pmid" text COLLATE "C",
                "version" integer NOT NULL,
                "merged_into" uuid,
                "revision" bigint NOT NULL,
                "removed_at" TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(),
                CONSTRAINT "PK_72737ac5daa4cfcf773a190f3de" PRIMARY KEY ("id")
            )
        `);
    await queryRunner.query(`
            CREATE INDEX "IDX_293e755610eb123fb4b3a56e55" ON "article_removal" ("pmid")
        `);
    await queryRunner.query(`
            CREATE UNIQUE INDEX "IDX_0af91ac396d4c49d59ac2fda3d" ON "article_removal" ("revision")
        `);
    await queryRunner.query(`
            CREATE INDEX "IDX_97e0c64664688a8e5df0a91490" ON "article_removal" ("merged_into")
        `);
    await queryRunner.query(`
            CREATE TABLE "article_source" (
                "article_id" uuid NOT NULL,
                "source" text COLLATE "C" NOT NULL,
                "source_id" text NOT NULL,
                "version" integer NOT NULL,
                "hash" bytea NOT NULL,
                "record" jsonb NOT NULL,
                CONSTRAINT "PK_1f1fe70516b4f91d090c7b05bb2" PRIMARY KEY ("article_id", "source")
            )
        `);
    await queryRunner.query(`
            CREATE TABLE "article" (
                "id" uuid NOT NULL,
                "pmid" text COLLATE "C",
                "pmcid" text COLLATE "C",
                "doi" text COLLATE "C",
                "version" integer NOT NULL,
                "title" text NOT NULL,
                "abstract" text,
                "journal" text,
                "year" integer,
                "published" text,
                "publication_types" text array NOT NULL DEFAULT '{}',
                "languages" text array NOT NULL DEFAULT '{}',
                "mesh" text array NOT NULL DEFAULT '{}',
                "keywords" text array NOT NULL DEFAULT '{}',
                "license" text,
                "full_text" boolean NOT NULL DEFAULT false,
                "retracted" boolean NOT NULL DEFAULT false,
                "data_cue" boolean NOT NULL DEFAULT false,
                "mention_count" integer,
                "revision" bigint NOT NULL,
                "created_at" TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(),
                "changed_at" TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(),
                CONSTRAINT "PK_40808690eb7b915046558c0f81b" PRIMARY KEY ("id")
            )
        `);
    await queryRunner.query(`
            CREATE UNIQUE INDEX "IDX_03ad945ff968dcecc106ce19d1" ON "article" ("pmid")
        `);
    await queryRunner.query(`
            CREATE UNIQUE INDEX "IDX_2ec252f51b68f71a4164df81ec" ON "article" ("pmcid")
        `);
    await queryRunner.query(`
            CREATE INDEX "IDX_c59fe1f7e1a238a0ae812f8e85" ON "article" ("doi")
        `);
    await queryRunner.query(`
            CREATE UNIQUE INDEX "IDX_11aa6878aae5d86d86610fafdf" ON "article" ("revision")
        `);
    await queryRunner.query(`
            CREATE TABLE "article_vector" (
                "article_id" uuid NOT NULL,
                "reason" text COLLATE "C" NOT NULL,
                "priority" smallint NOT NULL,
                "attempts" smallint NOT NULL DEFAULT '0',
                "leased_until" TIMESTAMP WITH TIME ZONE,
                "error" text,
                "done_at" TIMESTAMP WITH TIME ZONE,
                "requested_at" TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(),
                CONSTRAINT "PK_36e2ab62928b6dc9792a39782b0" PRIMARY KEY ("article_id")
            )
        `);
    await queryRunner.query(`
            CREATE INDEX "IDX_075f55b0fb91d3cfbd55b4c530" ON "article_vector" ("priority", "article_id")
            WHERE done_at IS NULL
        `);
    await queryRunner.query(`
            CREATE TABLE "text_vector" (
                "encoder" text COLLATE "C" NOT NULL,
                "text" text COLLATE "C" NOT NULL,
                "vector" bytea NOT NULL,
                "created_at" TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(),
                CONSTRAINT "PK_3a989355ff1248e77933ee75cf8" PRIMARY KEY ("encoder", "text")
            )
        `);
    await queryRunner.query(`
            ALTER TABLE "article_notice"
            ADD CONSTRAINT "FK_66255ffd3e6d31074482deee909" FOREIGN KEY ("article_id") REFERENCES "article"("id") ON DELETE CASCADE ON UPDATE NO ACTION
        `);
    await queryRunner.query(`
            ALTER TABLE "article_source"
            ADD CONSTRAINT "FK_ca7e3139c8d5a87480c669b076f" FOREIGN KEY ("article_id") REFERENCES "article"("id") ON DELETE CASCADE ON UPDATE NO ACTION
        `);
    await queryRunner.query(`
            ALTER TABLE "article_vector"
            ADD CONSTRAINT "FK_36e2ab62928b6dc9792a39782b0" FOREIGN KEY ("article_id") REFERENCES "article"("id") ON DELETE CASCADE ON UPDATE NO ACTION
        `);
  }

  public async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
            ALTER TABLE "article_vector" DROP CONSTRAINT "FK_36e2ab62928b6dc9792a39782b0"
        `);
    await queryRunner.query(`
            ALTER TABLE "article_source" DROP CONSTRAINT "FK_ca7e3139c8d5a87480c669b076f"
        `);
    await queryRunner.query(`
            ALTER TABLE "article_notice" DROP CONSTRAINT "FK_66255ffd3e6d31074482deee909"
        `);
    await queryRunner.query(`
            DROP TABLE "text_vector"
        `);
    await queryRunner.query(`
            DROP INDEX "public"."IDX_075f55b0fb91d3cfbd55b4c530"
        `);
    await queryRunner.query(`
            DROP TABLE "article_vector"
        `);
    await queryRunner.query(`
            DROP INDEX "public"."IDX_11aa6878aae5d86d86610fafdf"
        `);
    await queryRunner.query(`
            DROP INDEX "public"."IDX_c59fe1f7e1a238a0ae812f8e85"
        `);
    await queryRunner.query(`
            DROP INDEX "public"."IDX_2ec252f51b68f71a4164df81ec"
        `);
    await queryRunner.query(`
            DROP INDEX "public"."IDX_03ad945ff968dcecc106ce19d1"
        `);
    await queryRunner.query(`
            DROP TABLE "article"
        `);
    await queryRunner.query(`
            DROP TABLE "article_source"
        `);
    await queryRunner.query(`
            DROP INDEX "public"."IDX_97e0c64664688a8e5df0a91490"
        `);
    await queryRunner.query(`
            DROP INDEX "public"."IDX_0af91ac396d4c49d59ac2fda3d"
        `);
    await queryRunner.query(`
            DROP INDEX "public"."IDX_293e755610eb123fb4b3a56e55"
        `);
    await queryRunner.query(`
            DROP TABLE "article_removal"
        `);
    await queryRunner.query(`
            DROP TABLE "article_rejection"
        `);
    await queryRunner.query(`
            DROP INDEX "public"."IDX_27c9e0f4643c59dd55857adae5"
        `);
    await queryRunner.query(`
            DROP TABLE "article_notice"
        `);
    await queryRunner.query(`
            DROP TABLE "article_file"
        `);
    await queryRunner.query('DROP SEQUENCE "article_revision"');
  }
}
