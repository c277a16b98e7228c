// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelDatasets
import MixedModels
import Testing

/// The diagnostics of one linear fit; the fixture names the sources.
struct DiagnosticsReference: Sendable, Decodable, CustomTestStringConvertible {
  struct OneStep: Sendable, Decodable {
    struct Result: Sendable, Decodable {
      let levels: [String]
      let coefficients: [[Double]]
      let cooks: [Double]
    }

    let by: String
    let result: Result
  }

  struct Exact: Sendable, Decodable {
    let by: String
    let levels: [String]
    let coefficients: [[Double]]
    let cooks: [Double]
  }

  let id: String
  let model: ReferenceModel
  let cluster: String
  let matrices: [ClusterCorrection: [[Double]]]
  let naiveT: [Double]
  let oneStep: OneStep?
  let caseCooks: [Double]?
  let exact: Exact?
  let conditionalCooks: [Double]?
  let rSquared: [Double]
  let icc: [Double]
  let vif: [Double]?
  let vifDf: [Int]?

  private enum CodingKeys: String, CodingKey {
    case id, cluster, cr0, cr1, cr2, naiveT, oneStep, caseCooks, exact, conditionalCooks, rSquared
    case icc, vif, vifDf
  }

  init(from decoder: any Decoder) throws {
    model = try ReferenceModel(from: decoder)
    let values = try decoder.container(keyedBy: CodingKeys.self)
    id = try values.decode(String.self, forKey: .id)
    cluster = try values.decode(String.self, forKey: .cluster)
    matrices = [
      .cr0: try values.decode([[Double]].self, forKey: .cr0),
      .cr1: try values.decode([[Double]].self, forKey: .cr1),
      .cr2: try values.decode([[Double]].self, forKey: .cr2),
    ]
    naiveT = try values.decode([Double].self, forKey: .naiveT)
    oneStep = try values.decodeIfPresent(OneStep.self, forKey: .oneStep)
    caseCooks = try values.decodeIfPresent([Double].self, forKey: .caseCooks)
    exact = try values.decodeIfPresent(Exact.self, forKey: .exact)
    conditionalCooks = try values.decodeIfPresent([Double].self, forKey: .conditionalCooks)
    rSquared = try values.decode([Double].self, forKey: .rSquared)
    icc = try values.decode([Double].self, forKey: .icc)
    vif = try values.decodeIfPresent([Double].self, forKey: .vif)
    vifDf = try values.decodeIfPresent([Int].self, forKey: .vifDf)
  }

  var testDescription: String { id }

  func fit() throws -> LinearMixedModel { try model.problem().fit(criterion: model.criterion) }

  /// The groups of a grouping factor or a column of the data.
  func groups(_ name: String, of fit: LinearMixedModel) throws -> RowGroups {
    fit.design.randomEffects.contains { $0.groupingFactor == name }
      ? try RowGroups(name, of: fit)
      : try RowGroups(column: name, in: Dataset.named(model.dataset).table, of: fit)
  }
}

/// Whether two lists agree relative to the largest value.
func agree(_ ours: [Double], _ theirs: [Double], _ tolerance: Double) -> Bool {
  let scale = theirs.reduce(0) { max($0, abs($1)) }
  return ours.count == theirs.count
    && zip(ours, theirs).allSatisfy { abs($0 - $1) <= tolerance * scale }
}

@Suite("Diagnostics of linear models")
struct LinearDiagnosticsTests {
  static let all: [DiagnosticsReference] = Fixture.items("linear-diagnostics")

  @Test("Cluster-robust covariance matrices are those of clubSandwich", arguments: all)
  func clusterRobust(_ reference: DiagnosticsReference) throws {
    let model = try reference.fit()
    let clusters = try reference.groups(reference.cluster, of: model)
    for (correction, expected) in reference.matrices {
      let robust = try model.clusterRobustCovariance(correction, by: clusters)
      let scales = expected.indices.map { expected[$0][$0].squareRoot() }
      for (i, row) in expected.enumerated() {
        for (j, value) in row.enumerated() {
          #expect(abs(robust.matrix[i, j] - value) < 1e-6 * scales[i] * scales[j], "\(correction)")
        }
      }
      // Without being told, the clusters are the outermost grouping factor.
      let outermost = try model.clusterRobustCovariance(correction)
      #expect(outermost == robust)
    }
    let table = try model.coefficientTable(degreesOfFreedom: .clusterRobust(.cr2, by: clusters))
    for (row, expected) in zip(table.rows, reference.naiveT) {
      let p = try #require(row.pValue)
      #expect(abs(p - expected) < 1e-4 * expected)
    }
  }

  @Test(
    "Deletion at the estimated theta is generalized least squares of the other rows",
    arguments: all)
  func oneStep(_ reference: DiagnosticsReference) throws {
    let model = try reference.fit()
    if let oneStep = reference.oneStep {
      let influence = try model.influence(by: reference.groups(oneStep.by, of: model))
      let ours = Dictionary(uniqueKeysWithValues: influence.groups.map { ($0.level, $0) })
      #expect(ours.count == oneStep.result.levels.count)
      for (index, level) in oneStep.result.levels.enumerated() {
        let group = try #require(ours[level])
        #expect(agree(try #require(group.coefficients), oneStep.result.coefficients[index], 1e-6))
        let distance = try #require(group.cooksDistance)
        #expect(abs(distance - oneStep.result.cooks[index]) < 1e-5 * oneStep.result.cooks[index])
        #expect(group.theta == nil)
      }
    }
    if let expected = reference.caseCooks {
      #expect(agree(try model.cooksDistances(), expected, 1e-5))
    }
    if let expected = reference.conditionalCooks {
      #expect(agree(try model.cooksDistances(.fittedValues), expected, 1e-5))
    }
    #expect(agree(try model.leverages(), try model.leverage(), 1e-12))
  }

  @Test("Fits without a group are those of lme4", arguments: all.filter { $0.exact != nil })
  func exact(_ reference: DiagnosticsReference) throws {
    let model = try reference.fit()
    let exact = try #require(reference.exact)
    let influence = try model.influence(by: RowGroups(exact.by, of: model), method: .refit)
    #expect(influence.groups.map(\.level) == exact.levels)
    for (group, (coefficients, cooks)) in zip(
      influence.groups, zip(exact.coefficients, exact.cooks))
    {
      #expect(agree(try #require(group.coefficients), coefficients, 1e-5))
      // lme4's refits stop at differences in theta of about 1e-4.
      #expect(abs(try #require(group.cooksDistance) - cooks) < 1e-3 * cooks)
      #expect(group.theta?.count == model.theta.count && group.residualStandardDeviation != nil)
    }
  }

  @Test("R-squared, ICC and variance inflation are those of performance and car", arguments: all)
  func explained(_ reference: DiagnosticsReference) throws {
    let model = try reference.fit()
    let variance = try model.varianceDecomposition()
    #expect(
      agree(
        [variance.marginalRSquared, variance.conditionalRSquared], reference.rSquared, 1e-6))
    #expect(
      agree(
        [variance.adjustedIntraclassCorrelation, variance.unadjustedIntraclassCorrelation],
        reference.icc, 1e-6))
    guard let expected = reference.vif else { return }
    let inflation = try model.varianceInflation()
    #expect(agree(inflation.map(\.factor), expected, 1e-6))
    #expect(inflation.map(\.degreesOfFreedom) == reference.vifDf)
  }
}

/// The diagnostics of one generalized fit.
struct GeneralizedDiagnosticsReference: Sendable, Decodable, CustomTestStringConvertible {
  struct Values: Sendable, Decodable {
    let id: String
    let cluster: String
    let cr0: [[Double]]
    let cr1: [[Double]]
    let groupNames: [String]?
    let oneStep: [[Double]]?
    let rSquared: [Double]
    let icc: [Double]
    let overdispersion: [Double]
    let zeros: [Double]?
    let vif: [Double]?
  }

  let model: GeneralizedReferenceModel
  let values: Values

  init(from decoder: any Decoder) throws {
    model = try GeneralizedReferenceModel(from: decoder)
    values = try Values(from: decoder)
  }

  var testDescription: String { values.id }
}

@Suite("Diagnostics of generalized models")
struct GeneralizedDiagnosticsTests {
  static let all: [GeneralizedDiagnosticsReference] = Fixture.items("generalized-diagnostics")

  @Test("Robust covariance, deletion, R-squared and checks", arguments: all)
  func diagnostics(_ reference: GeneralizedDiagnosticsReference) throws {
    let model = try reference.model.problem().fit()
    let expected = reference.values
    let clusters = try RowGroups(expected.cluster, of: model)
    for (correction, matrix) in [(ClusterCorrection.cr0, expected.cr0), (.cr1, expected.cr1)] {
      let robust = try model.clusterRobustCovariance(correction, by: clusters)
      let scales = matrix.indices.map { matrix[$0][$0].squareRoot() }
      for (i, row) in matrix.enumerated() {
        for (j, value) in row.enumerated() {
          #expect(abs(robust.matrix[i, j] - value) < 1e-4 * scales[i] * scales[j])
        }
      }
    }
    if let oneStep = expected.oneStep {
      let influence = try model.influence(by: clusters)
      #expect(influence.groups.map(\.level) == expected.groupNames)
      for (group, coefficients) in zip(influence.groups, oneStep) {
        #expect(agree(try #require(group.coefficients), coefficients, 1e-4))
      }
    }
    let variance = try model.varianceDecomposition()
    #expect(
      agree(
        [variance.marginalRSquared, variance.conditionalRSquared], expected.rSquared, 1e-4))
    #expect(
      agree(
        [variance.adjustedIntraclassCorrelation, variance.unadjustedIntraclassCorrelation],
        expected.icc, 1e-4))
    let test = try model.overdispersionTest()
    #expect(
      agree(
        [test.chiSquared, test.ratio, Double(test.degreesOfFreedom)],
        Array(expected.overdispersion.prefix(3)), 1e-4))
    #expect(abs(test.pValue - expected.overdispersion[3]) < 0.01 * expected.overdispersion[3])
    if let zeros = expected.zeros {
      let count = try model.zeroCount()
      #expect(Double(count.observed) == zeros[0])
      #expect(abs(count.expected - zeros[1]) < 1e-4 * zeros[1])
    }
    // lme4's Hessian is a finite difference.
    if let vif = expected.vif {
      #expect(agree(try model.varianceInflation().map(\.factor), vif, 1e-3))
    }
  }
}
