// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices
import MixedModelFitting
import ModelOptimization
import TestSupport
import Testing

@Suite("The profiled criterion")
struct ProfiledDevianceTests {
  @Test(
    "The criterion is that of the normal density with dense n × n matrices",
    arguments: TestModel.structures, TestModel.criteria)
  func normalDensity(_ model: TestModel, criterion: Criterion) throws {
    let problem = try model.problem()
    let dense = DenseModel(problem)
    var random = SplitMix(seed: 1)
    for _ in 0..<3 {
      let theta = problem.randomTheta(&random)
      let expected = dense.profile(theta: theta, criterion: criterion)
      let objective = try problem.objective(at: theta, criterion: criterion)
      // Dense algebra on V is good to about 1e-12 of values of order 1e2.
      #expect(abs(objective - expected.objective) < 1e-9)
      let evaluation = try problem.evaluation(
        at: problem.internalParameters(theta), criterion: criterion)
      #expect(abs(evaluation.value - objective) < 1e-9)
    }
  }

  @Test(
    "The gradient agrees with sixth-order central differences of the value",
    arguments: TestModel.structures, TestModel.criteria)
  func gradient(_ model: TestModel, criterion: Criterion) throws {
    let problem = try model.problem()
    var objective = try problem.profiledDeviance(criterion)
    var random = SplitMix(seed: 2)
    for _ in 0..<20 {
      let theta = problem.randomTheta(&random)
      let gradient = try problem.evaluation(at: theta, criterion: criterion).gradient
      let differences = try FiniteDifferences.gradient(of: &objective, at: theta, order: .sixth)
      let scale = differences.reduce(1) { max($0, abs($1)) }
      for (exact, difference) in zip(gradient, differences) {
        // The differences themselves are good to about 1e-9.
        #expect(abs(exact - difference) < 1e-6 * scale)
      }
    }
  }

  @Test(
    "The gradient is exact at singular theta",
    arguments: TestModel.structures, TestModel.criteria)
  func singularGradient(_ model: TestModel, criterion: Criterion) throws {
    let problem = try model.problem()
    var objective = try problem.profiledDeviance(criterion)
    var random = SplitMix(seed: 3)
    let diagonal = problem.identityParameters.indices.filter {
      problem.identityParameters[$0] == 1
    }
    // Every diagonal entry once, all of them together, and everything.
    let zeroed = diagonal.map { [$0] } + [diagonal, Array(problem.identityParameters.indices)]
    for zeros in zeroed {
      var theta = problem.randomTheta(&random)
      for i in zeros { theta[i] = 0 }
      let point = try problem.evaluation(at: theta, criterion: criterion)
      let differences = try FiniteDifferences.gradient(of: &objective, at: theta, order: .sixth)
      let curvature = try FiniteDifferences.hessian(of: &objective, at: theta)
      let scale = differences.reduce(1) { max($0, abs($1)) }
      for i in theta.indices {
        // Derivatives are taken at a diagonal of 1e-7, so they move by that much of a curvature.
        let floor = zeros.reduce(0) { $0 + abs(curvature[$1, i]) } * 2e-7
        #expect(abs(point.gradient[i] - differences[i]) < 1e-6 * scale + floor)
      }
    }
  }

  @Test(
    "The derivatives with respect to the covariance matrices are symmetric in every structure",
    arguments: TestModel.structures)
  func covarianceGradients(_ model: TestModel) throws {
    let problem = try model.problem()
    var objective = try problem.profiledDeviance(.maximumLikelihood)
    var random = SplitMix(seed: 4)
    let theta = problem.randomTheta(&random)
    let computed = objective.covarianceGradients(at: theta)
    let gradients = try #require(computed)
    // The derivative along a parameter is tr(G d(λλ')), which ties G to the tested gradient.
    let directions = problem.covariance.derivatives(at: theta)
    let gradient = try problem.evaluation(at: theta).gradient
    for (direction, expected) in zip(directions, gradient) {
      let factor = problem.covariance.factor(theta, term: direction.term)
      let k = factor.rowCount
      let change = Matrix(k, k) { i, j in
        let rows = direction.offset..<direction.offset + direction.block.rowCount
        return rows.contains(i) && rows.contains(j)
          ? direction.block[i - direction.offset, j - direction.offset] : 0
      }
      let half = change * factor.transposed
      let slope = (gradients[direction.term] * (half + half.transposed)).trace
      #expect(abs(slope - expected) < 1e-8 * max(1, abs(expected)))
    }
  }

  @Test(
    "The model Hessian is the average information plus the positive part of the curvature",
    arguments: TestModel.structures, TestModel.criteria)
  func modelHessian(_ model: TestModel, criterion: Criterion) throws {
    let problem = try model.problem()
    var random = SplitMix(seed: 5)
    let theta = problem.randomTheta(&random)
    let hessian = try problem.evaluation(at: theta, criterion: criterion).hessian
    let expected = try averageInformation(problem, theta: theta, criterion: criterion)
    var objective = try problem.profiledDeviance(criterion)
    let computed = objective.covarianceGradients(at: theta)
    let gradients = try #require(computed)
    let directions = problem.covariance.derivatives(at: theta)
    let pieces = problem.covariance.pieces
    for (b, second) in directions.enumerated() {
      for (a, first) in directions.enumerated() {
        var entry = expected[a, b]
        if let piece = pieces.first(where: { $0.parameters.contains(a) }),
          piece.parameters.contains(b)
        {
          let g = gradients[piece.term].block(piece.rows, piece.rows)
          let convex = try piece.structure is Diagonal ? positiveDiagonal(g) : positivePart(g)
          entry += 2 * (convex * first.block * second.block.transposed).trace
        }
        #expect(abs(hessian[a, b] - entry) < 1e-8 * max(1, hessian.largestMagnitude))
      }
    }
  }

  /// The matrix without its negative eigenvalues.
  private func positivePart(_ g: Matrix) throws -> Matrix {
    let eigen = try #require(SymmetricEigen(g))
    return Matrix(g.rowCount, g.rowCount) { i, j in
      (0..<g.rowCount).reduce(0) {
        $0 + max(0, eigen.values[$1]) * eigen.vectors[i, $1] * eigen.vectors[j, $1]
      }
    }
  }

  private func positiveDiagonal(_ g: Matrix) -> Matrix {
    Matrix(g.rowCount, g.rowCount) { $0 == $1 ? max(0, g[$0, $0]) : 0 }
  }

  private func embedded(
    _ direction: RelativeCovarianceFactor.Derivative, order: Int
  ) -> Matrix {
    let inside = direction.offset..<direction.offset + direction.block.rowCount
    return Matrix(order, order) { i, j in
      inside.contains(i) && inside.contains(j)
        ? direction.block[i - direction.offset, j - direction.offset] : 0
    }
  }

  /// `y'P V_a P V_b P y / σ² - (y'P V_a P y)(y'P V_b P y) / (ν σ⁴)` with dense n × n matrices.
  private func averageInformation(
    _ problem: LinearProblem, theta: [Double], criterion: Criterion
  ) throws -> Matrix {
    let dense = DenseModel(problem)
    let v = dense.relativeCovariance(theta)
    let profile = dense.profile(theta: theta, criterion: criterion)
    let weightedX = v.solve(dense.x)
    let information = dense.x.transposed * weightedX
    func project(_ right: Matrix) -> Matrix {
      let solved = v.solve(right)
      guard dense.x.columnCount > 0 else { return solved }
      return solved - weightedX * information.solve(dense.x.transposed * solved)
    }
    let e = project(dense.y)
    let directions = problem.covariance.derivatives(at: theta)
    let images = directions.map { direction -> Matrix in
      let shape = problem.crossProducts.layout.terms[direction.term]
      let k = shape.dimension
      let half =
        embedded(direction, order: k)
        * problem.covariance.factor(theta, term: direction.term).transposed
      let change = half + half.transposed
      let own = dense.z.block(0..<dense.rowCount, shape.start..<shape.start + shape.count)
      let scores = own.transposed * e
      let image = Matrix(shape.count, 1) { row, _ in
        let first = row / k * k
        return (0..<k).reduce(0) { $0 + change[row - first, $1] * scores[first + $1, 0] }
      }
      return own * image
    }
    let projected = images.map(project)
    let variance = profile.sigma * profile.sigma
    let count = Double(
      criterion == .maximumLikelihood ? dense.rowCount : dense.rowCount - dense.x.columnCount)
    let slopes = images.map { ($0.transposed * e)[0, 0] }
    return Matrix(images.count, images.count) { a, b in
      (images[a].transposed * projected[b])[0, 0] / variance
        - slopes[a] * slopes[b] / (count * variance * variance)
    }
  }
}
