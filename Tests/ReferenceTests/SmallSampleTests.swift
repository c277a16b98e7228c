// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModels
import Testing

/// The small-sample tests of lmerTest and pbkrtest for one fit of lme4.
struct SmallSampleReference: Sendable, Decodable, CustomTestStringConvertible {
  /// The F test of a term.
  struct TermTest: Sendable, Decodable {
    let term: String
    /// The places of its coefficients.
    let columns: [Int]
    let statistic: Double
    let df: Double
  }

  struct Satterthwaite: Sendable, Decodable {
    let df: [Double]
    let terms: [TermTest]
  }

  struct KenwardRoger: Sendable, Decodable {
    let df: [Double]
    let covariance: [[Double]]
    let terms: [TermTest]
  }

  let id: String
  let model: ReferenceModel
  let singular: Bool
  let satterthwaite: Satterthwaite?
  let kenwardRoger: KenwardRoger?

  private enum CodingKeys: String, CodingKey {
    case id, singular, satterthwaite, kenwardRoger
  }

  init(from decoder: any Decoder) throws {
    model = try ReferenceModel(from: decoder)
    let values = try decoder.container(keyedBy: CodingKeys.self)
    id = try values.decode(String.self, forKey: .id)
    singular = try values.decodeIfPresent(Bool.self, forKey: .singular) ?? false
    satterthwaite = try values.decodeIfPresent(Satterthwaite.self, forKey: .satterthwaite)
    kenwardRoger = try values.decodeIfPresent(KenwardRoger.self, forKey: .kenwardRoger)
  }

  var testDescription: String { id }
}

@Suite("Small-sample tests of lmerTest 3.1-3 and pbkrtest 0.5.2")
struct SmallSampleTests {
  static let all: [SmallSampleReference] = Fixture.items("small-samples")

  private static func check(
    _ inference: FixedEffectsInference, _ terms: [SmallSampleReference.TermTest], tolerance: Double
  ) throws {
    let rank = inference.fixedEffects.count
    for reference in terms {
      var matrix = Matrix(rowCount: reference.columns.count, columnCount: rank)
      for (row, column) in reference.columns.enumerated() { matrix[row, column] = 1 }
      let test = try inference.test(LinearHypothesis(matrix))
      let df = try #require(test.denominatorDegreesOfFreedom)
      #expect(test.numeratorDegreesOfFreedom == reference.columns.count)
      #expect(abs(df - reference.df) < tolerance * reference.df, "\(reference.term)")
      #expect(
        abs(test.statistic - reference.statistic) < tolerance * reference.statistic,
        "\(reference.term)")
    }
  }

  // The tolerances are those that the fixture states.

  /// Where a variance is zero, lmerTest differences its criterion across the bound.
  @Test(
    "Satterthwaite's degrees of freedom are those of lmerTest",
    arguments: all.filter { $0.satterthwaite != nil && !$0.singular })
  func satterthwaite(_ reference: SmallSampleReference) throws {
    let expected = try #require(reference.satterthwaite)
    let model = try reference.model.problem().fit(criterion: reference.model.criterion)
    let inference = try model.inference(degreesOfFreedom: .satterthwaite)
    #expect(inference.covariance == model.fixedEffectsCovariance)
    let degrees = inference.degreesOfFreedom
    #expect(degrees.count == expected.df.count)
    for (ours, theirs) in zip(degrees, expected.df) {
      #expect(abs(ours - theirs) < 2e-3 * theirs)
    }
    try Self.check(inference, expected.terms, tolerance: 2e-3)
  }

  @Test(
    "Kenward and Roger's covariance and degrees of freedom are those of pbkrtest",
    arguments: all.filter { $0.kenwardRoger != nil })
  func kenwardRoger(_ reference: SmallSampleReference) throws {
    let expected = try #require(reference.kenwardRoger)
    let model = try reference.model.problem().fit(criterion: reference.model.criterion)
    let inference = try model.inference(degreesOfFreedom: .kenwardRoger)
    for (ours, theirs) in zip(inference.degreesOfFreedom, expected.df) {
      #expect(abs(ours - theirs) < 1e-3 * theirs)
    }
    for (i, row) in expected.covariance.enumerated() {
      for (j, theirs) in row.enumerated() {
        let scale = (expected.covariance[i][i] * expected.covariance[j][j]).squareRoot()
        #expect(abs(inference.covariance[i, j] - theirs) < 1e-6 * scale)
      }
    }
    try Self.check(inference, expected.terms, tolerance: 1e-3)
  }
}
