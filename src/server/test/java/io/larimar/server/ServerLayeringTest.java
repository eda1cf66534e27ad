package io.larimar.server;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** The server calls the engine's public API and reaches for nothing behind it. */
class ServerLayeringTest {
  private static final JavaClasses ALL = new ClassFileImporter()
      .withImportOption(new ImportOption.DoNotIncludeTests())
      .importPackages("io.larimar");

  @Test
  void theServerTouchesNothingBehindTheEngine() {
    noClasses().that().resideInAPackage("io.larimar.server..")
        .should().dependOnClassesThat().resideInAnyPackage("io.larimar.memory..",
            "io.larimar.linalg..", "io.larimar.codec..", "io.larimar.encoder..",
            "io.larimar.bindings.llama..")
        .check(ALL);
  }

  @Test
  void nothingOfTheEngineKnowsTheServer() {
    noClasses().that().resideOutsideOfPackage("io.larimar.server..")
        .should().dependOnClassesThat().resideInAPackage("io.larimar.server..")
        .check(ALL);
  }
}
