// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices
import MixedModelFitting
import MixedModels
import Testing

/// The criterion and its derivatives at one theta, by a program that shares no code with ours.
struct ReferenceDerivatives: Sendable, Decodable, CustomTestStringConvertible {
  let model: ReferenceModel
  let theta: [Double]
  let objective: Double
  let gradient: [Double]
  let averageInformationHessian: [Double]
  let exactHessian: [Double]?
  let sigma: Double
  let beta: [Double]?

  private enum CodingKeys: String, CodingKey {
    case theta, objective, gradient, averageInformationHessian, exactHessian, sigma, beta
  }

  init(from decoder: any Decoder) throws {
    model = try ReferenceModel(from: decoder)
    let values = try decoder.container(keyedBy: CodingKeys.self)
    theta = try values.decode([Double].self, forKey: .theta)
    objective = try values.decode(Double.self, forKey: .objective)
    gradient = try values.decode([Double].self, forKey: .gradient)
    averageInformationHessian = try values.decode(
      [Double].self, forKey: .averageInformationHessian)
    exactHessian = try values.decodeIfPresent([Double].self, forKey: .exactHessian)
    sigma = try values.decode(Double.self, forKey: .sigma)
    beta = try values.decodeIfPresent([Double].self, forKey: .beta)
  }

  var testDescription: String {
    "\(model.dataset) \(model.criterionName) at \(theta): \(model.formula)"
  }
}

@Suite("Derivatives of an independent prototype")
struct DerivativesTests {
  static let all: [ReferenceDerivatives] = Fixture.items("derivatives")

  // The prototype computes derivatives to 12 digits; at a zero of theta ours are taken at 1e-7.
  private func tolerance(_ reference: ReferenceDerivatives) -> Double {
    let scale = reference.gradient.reduce(1) { max($0, abs($1)) }
    let curvature = reference.averageInformationHessian.reduce(0) { max($0, abs($1)) }
    return 1e-8 * scale + (reference.theta.contains(0) ? 2e-7 * curvature : 0)
  }

  @Test("Objective, gradient, sigma and coefficients are those of the prototype", arguments: all)
  func values(_ reference: ReferenceDerivatives) throws {
    let problem = try reference.model.problem()
    var deviance = try problem.profiledDeviance(reference.model.criterion)
    var point = ObjectivePoint(parameterCount: reference.theta.count)
    deviance.evaluate(at: reference.theta, into: &point)
    let scale = max(1, abs(reference.objective))
    #expect(abs(point.value - reference.objective) < 1e-11 * scale)
    #expect(
      abs(
        try problem.objective(at: reference.theta, criterion: reference.model.criterion)
          - reference.objective) < 1e-11 * scale)
    for (ours, expected) in zip(point.gradient, reference.gradient) {
      #expect(abs(ours - expected) < tolerance(reference))
    }
    let computed = deviance.solution(at: reference.theta)
    let solution = try #require(computed)
    let rank = reference.model.criterion == .maximumLikelihood ? 0 : problem.crossProducts.rank
    let count = Double(problem.crossProducts.observationCount - rank)
    let sigma = (solution.penalizedResidualSumOfSquares / count).squareRoot()
    #expect(abs(sigma - reference.sigma) < 1e-9 * sigma)
    let beta = problem.crossProducts.basis.coefficients(solution.coordinates)
    for (ours, expected) in zip(beta, reference.beta ?? []) {
      #expect(abs(ours - expected) < 1e-9 * max(1, abs(expected)))
    }
  }

  @Test("The model Hessian is the prototype's up to the curvature's negative part", arguments: all)
  func modelHessian(_ reference: ReferenceDerivatives) throws {
    let problem = try reference.model.problem()
    var deviance = try problem.profiledDeviance(reference.model.criterion)
    var point = ObjectivePoint(parameterCount: reference.theta.count)
    deviance.evaluate(at: reference.theta, into: &point)
    let computed = deviance.covarianceGradients(at: reference.theta)
    let gradients = try #require(computed)
    let count = reference.theta.count
    let directions = problem.covariance.derivatives(at: reference.theta)
    let scale = reference.averageInformationHessian.reduce(1) { max($0, abs($1)) }
    let pieces = problem.covariance.pieces
    for a in 0..<count {
      for b in 0..<count {
        var expected = reference.averageInformationHessian[a * count + b]
        if let piece = pieces.first(where: { $0.parameters.contains(a) }),
          piece.parameters.contains(b)
        {
          let g = gradients[piece.term].block(piece.rows)
          let negative = try piece.structure is Diagonal ? negativeDiagonal(g) : negativePart(g)
          expected -= 2 * innerProduct(negative, directions[a].block, directions[b].block)
        }
        #expect(abs(point.hessian[a, b] - expected) < 1e-6 * scale)
      }
    }
  }

  @Test("Differences of our gradient give the prototype's exact Hessian", arguments: all)
  func exactHessian(_ reference: ReferenceDerivatives) throws {
    guard let exact = reference.exactHessian else { return }
    var deviance = try reference.model.problem().profiledDeviance(reference.model.criterion)
    let hessian = try FiniteDifferences.hessian(of: &deviance, at: reference.theta, order: .sixth)
    let scale = exact.reduce(1) { max($0, abs($1)) }
    for i in exact.indices { #expect(abs(hessian.values[i] - exact[i]) < 1e-5 * scale) }
  }

  /// The part of a symmetric matrix that belongs to its negative eigenvalues.
  private func negativePart(_ matrix: Matrix) throws -> Matrix {
    let eigen = try #require(SymmetricEigen(matrix))
    var result = Matrix(rowCount: matrix.rowCount, columnCount: matrix.rowCount)
    for (index, value) in eigen.values.enumerated() where value < 0 {
      for j in 0..<matrix.rowCount {
        for i in 0..<matrix.rowCount {
          result[i, j] += value * eigen.vectors[i, index] * eigen.vectors[j, index]
        }
      }
    }
    return result
  }

  private func negativeDiagonal(_ matrix: Matrix) -> Matrix {
    var result = Matrix(rowCount: matrix.rowCount, columnCount: matrix.rowCount)
    for i in 0..<matrix.rowCount { result[i, i] = min(0, matrix[i, i]) }
    return result
  }

  /// `tr(G E_a E_b')`
  private func innerProduct(_ g: Matrix, _ a: Matrix, _ b: Matrix) -> Double {
    let order = 0..<g.rowCount
    var sum = 0.0
    for i in order {
      for j in order { for c in order { sum += g[i, j] * a[i, c] * b[j, c] } }
    }
    return sum
  }
}
