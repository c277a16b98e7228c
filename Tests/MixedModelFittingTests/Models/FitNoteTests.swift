// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DataTables
import DenseMatrices
import MixedModelDatasets
import ModelOptimization
import Testing

@testable import MixedModelFitting

@Suite("Notes on a fit")
struct FitNoteTests {
  @Test("A regular fit has converged and leaves nothing to note (A5.11)")
  func regular() throws {
    for model in [
      try ModelFits.sleepstudy(), try ModelFits.penicillin(), try ModelFits.pastes(),
      try ModelFits.weighted(),
    ] {
      #expect(model.hasConverged)
      #expect(model.notes.isEmpty)
    }
  }

  @Test("A singular fit has converged and is noted")
  func singular() throws {
    let model = try ModelFits.dyestuff2()
    #expect(model.hasConverged)
    #expect(
      model.notes.map(\.description) == [
        "The fit is singular: the random effects by batch have zero variance for (Intercept)."
      ])
  }

  @Test("Rows that the random effects reproduce are noted")
  func reproduced() throws {
    let table = try DataTable(
      numeric: [
        "y": [0.5158247992377633, 1.349353074908776, 0.9315692160216319],
        "x": [0.42681308526782846, -0.7070222096725584, -0.4428350131389547], "z": [0, 1, 1],
      ], categorical: ["g": ["b", "a", "a"]])
    let model = try LinearMixedModel.fit("y ~ x + (1 + x + z | g)", data: table)
    #expect(!model.hasConverged)
    #expect(model.notes.contains(.residualVarianceVanishes))
  }

  @Test("Derivatives that are not finite are no evidence of a minimum")
  func notFinite() {
    let (value, direction) = Certificate.leastCurvature(
      Matrix(rowCount: 2, columnCount: 2, values: [1, .nan, .nan, 1]))
    #expect(value == -.infinity && direction == nil)
    #expect(
      FitNote.derivativesNotFinite.description
        == "The derivatives of the objective are not finite at the estimates, so that nothing tells "
        + "whether these are at a minimum. Scale the predictors, or simplify the model.")
  }

  @Test("A limit on the evaluations is named with what is left to gain (A5.6)")
  func limits() throws {
    let model = try ModelFits.sleepstudy(optimization: OptimizationOptions(maxEvaluations: 2))
    #expect(!model.hasConverged)
    #expect(model.fitReport.termination.returnCode == "MAXEVAL_REACHED")
    #expect(model.fitReport.evaluations == 2)
    #expect(model.notes.count >= 2)
    #expect(
      model.notes.first?.description
        == "The fit did not converge in 2 evaluations: the limit on the number of evaluations was "
        + "reached. Allow more evaluations.")
    let text = try #require(model.notes.dropFirst().first?.description)
    #expect(
      text.hasPrefix(
        "The estimates are not at a minimum: one more Newton step predicts an objective lower by "))
    let timed = try ModelFits.sleepstudy(optimization: OptimizationOptions(maxTime: 1e-9))
    #expect(timed.fitReport.termination == .timeLimit)
    #expect(timed.notes.first?.description.contains("Allow more time.") == true)
  }

  @Test("A fit ended at its limit may be at a minimum, and then that alone is noted")
  func limitAtMinimum() throws {
    let optimum = try ModelFits.sleepstudy()
    let model = try ModelFits.sleepstudy(
      optimization: OptimizationOptions(
        maxEvaluations: 1, start: optimum.theta.map { $0 * (1 + 1e-5) }))
    #expect(model.certificate.isMinimum)
    #expect(!model.hasConverged)
    #expect(model.notes == [.notConverged(.evaluationLimit, evaluations: 1)])
    #expect(
      model.checkConvergence().messages == [
        "The fit did not converge in 1 evaluation: the limit on the number of evaluations was "
          + "reached. Allow more evaluations."
      ])
  }

  @Test("Dropped columns and omitted rows are counted and named, in this order")
  func droppedAndOmitted() throws {
    let table = try ModelFits.synthetic()
    guard case .numeric(let x)? = table["x"] else { return }
    var values = x.values
    values[3] = .nan
    values[8] = .nan
    let incomplete = try table.replacing("x", with: .numeric(NumericColumn(values)))
    let model = try LinearMixedModel.fit("y_gauss ~ 1 + x + x2 + z + (1 | g)", data: incomplete)
    #expect(
      model.notes.map(\.description) == [
        "2 of 600 rows are left out because a column of the model has no value there.",
        "The fixed-effects column x2 is left out because earlier columns determine it.",
      ])
    #expect(model.observationCount == 598)
    #expect(model.problem.tableRows.prefix(4) == [0, 1, 2, 4])
  }

  @Test("A formula that could be read otherwise is noted as it was read")
  func reading() throws {
    let model = try ModelFits.sleepstudy("reaction ~ 1 + days + (1 | subj) + (days | subj)")
    #expect(model.notes == model.problem.design.notes.map(FitNote.formulaReading))
    #expect(model.notes.count == 1)
  }

  @Test(
    "The residual variance is not identified where the random effects can take it up, and only there",
    arguments: [
      ("reaction ~ 1 + days + (1 + days | subj)", true),
      ("reaction ~ 1 + days + (1 + fulldummy(days) | subj)", true),
      ("reaction ~ 1 + days + zerocorr(1 + fulldummy(days) | subj)", true),
      // As many random effects as rows, but no effect of its own for the first day.
      ("reaction ~ 1 + days + zerocorr(1 + days | subj)", false),
      ("reaction ~ 1 + days + (1 | subj)", false),
    ])
  func unidentified(formula: String, isAbsorbed: Bool) throws {
    let model = try ModelFits.categoricalSleepstudy(.init(formula))
    let isNoted = model.notes.contains {
      if case .residualVarianceNotIdentified = $0 { true } else { false }
    }
    #expect(isNoted == isAbsorbed)
  }

  @Test("The note on the residual variance names the term and its size")
  func wording() throws {
    let model = try ModelFits.categoricalSleepstudy("reaction ~ 1 + days + (1 + days | subj)")
    #expect(
      model.notes.contains {
        $0.description
          == "The 180 random effects by subj for 180 rows can take up any residual variance: sigma "
          + "and theta are not identified. The objective, the fixed effects and their standard "
          + "errors are."
      })
  }

  @Test("Numbers in notes have two digits")
  func digits() {
    #expect(
      FitNote.objectiveNotMinimized(predictedFall: 0.000012345).description.hasSuffix("by 1.2e-5."))
    #expect(FitNote.objectiveNotMinimized(predictedFall: 3.21).description.hasSuffix("by 3.2."))
    #expect(FitNote.objectiveNotMinimized(predictedFall: 4321).description.hasSuffix("by 4.3e3."))
  }
}
