package io.larimar.engine;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** What each package may touch, as docs/ARCHITECTURE.md says. */
class LayeringTest {
  private static final JavaClasses ENGINE = new ClassFileImporter()
      .withImportOption(new ImportOption.DoNotIncludeTests())
      .importPackages("io.larimar");

  @Test
  void onlyTheNativeSideImportsTheBindings() {
    noClasses().that().resideInAnyPackage("io.larimar.linalg..", "io.larimar.memory..",
            "io.larimar.ledger..", "io.larimar.scope..")
        .should().dependOnClassesThat().resideInAPackage("io.larimar.bindings..")
        .check(ENGINE);
  }

  @Test
  void generatedBindingsStayInsideTheirModule() {
    noClasses().that().resideOutsideOfPackage("io.larimar.bindings..")
        .should().dependOnClassesThat().resideInAPackage("io.larimar.bindings.llama..")
        .check(ENGINE);
  }

  @Test
  void memoryAndLedgerKnowNothingOfTheModel() {
    noClasses().that().resideInAnyPackage("io.larimar.linalg..", "io.larimar.memory..",
            "io.larimar.ledger..")
        .should().dependOnClassesThat().resideInAnyPackage("io.larimar.codec..",
            "io.larimar.decoder..", "io.larimar.encoder..", "io.larimar.scope..")
        .check(ENGINE);
  }

  @Test
  void linearAlgebraDependsOnNothingOfOurs() {
    noClasses().that().resideInAPackage("io.larimar.linalg..")
        .should().dependOnClassesThat().resideInAnyPackage("io.larimar.memory..",
            "io.larimar.engine..", "io.larimar.ledger..")
        .check(ENGINE);
  }

  @Test
  void textDependsOnNothingOfOurs() {
    noClasses().that().resideInAPackage("io.larimar.text..")
        .should().dependOnClassesThat(resideInAPackage("io.larimar..")
            .and(resideOutsideOfPackage("io.larimar.text..")))
        .check(ENGINE);
  }

  @Test
  void theVectorApiIsUsedInOnePlace() {
    noClasses().that().doNotHaveSimpleName("VectorKernels").and().doNotHaveSimpleName("Species")
        .should().dependOnClassesThat().resideInAPackage("jdk.incubator.vector..")
        .check(ENGINE);
  }
}
