// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices

/// The map from theta to the factors of all terms, and from their derivatives back.
///
/// Theta holds the parameters of the joined terms in model order and, within each, of its pieces;
/// factors stand one after the other, each k × k and column-major.
package struct RelativeCovarianceFactor: Sendable {
  private struct Piece: Sendable {
    let structure: any CovarianceStructure
    /// The piece's first row and column within its term.
    let offset: Int
    let dimension: Int
    let parameters: Range<Int>
  }

  private struct Term: Sendable {
    let dimension: Int
    let pieces: [Piece]
    let factorStart: Int
    let parameters: Range<Int>
  }

  /// One parameter's derivative: a block within the factor of its term.
  package struct Derivative: Sendable {
    package let term: Int
    /// The block's first row and column within the term's factor.
    package let offset: Int
    package let block: Matrix
    /// The entries of the block that are not zero, at their places in the term's factor.
    let entries: [Entry]

    struct Entry: Sendable {
      let row: Int
      let column: Int
      let value: Double
    }

    init(term: Int, offset: Int, block: Matrix) {
      self.term = term
      self.offset = offset
      self.block = block
      var entries: [Entry] = []
      for j in 0..<block.columnCount {
        for i in j..<block.rowCount where block[i, j] != 0 {
          entries.append(Entry(row: offset + i, column: offset + j, value: block[i, j]))
        }
      }
      self.entries = entries
    }
  }

  private let terms: [Term]
  package let parameterCount: Int
  package let factorCount: Int
  /// The parameters at which every factor is the identity.
  package let identityParameters: [Double]
  /// All pieces, in the order of theta.
  package let pieces: [PieceView]
  /// The derivatives of the factors, if they are the same at every theta.
  private let constantDerivatives: [Derivative]?
  /// The same, entry by entry.
  private let constantDirections: FactorDirections?

  package init(_ randomEffects: [RandomEffectsTerm]) {
    self.init(pieces: randomEffects.map(\.pieces))
  }

  private init(pieces termPieces: [[RandomEffectsTerm.Piece]]) {
    var terms: [Term] = []
    var identity: [Double] = []
    var factorStart = 0
    for termPieces in termPieces {
      var pieces: [Piece] = []
      var offset = 0
      let first = identity.count
      for piece in termPieces {
        let start = identity.count
        identity += piece.structure.identityParameters(dimension: piece.count)
        pieces.append(
          Piece(
            structure: piece.structure, offset: offset, dimension: piece.count,
            parameters: start..<identity.count))
        offset += piece.count
      }
      terms.append(
        Term(
          dimension: offset, pieces: pieces, factorStart: factorStart,
          parameters: first..<identity.count))
      factorStart += offset * offset
    }
    self.terms = terms
    parameterCount = identity.count
    factorCount = factorStart
    identityParameters = identity
    pieces = terms.indices.flatMap { term in
      terms[term].pieces.map {
        PieceView(
          term: term, structure: $0.structure, rows: $0.offset..<$0.offset + $0.dimension,
          parameters: $0.parameters)
      }
    }
    constantDerivatives =
      pieces.allSatisfy(\.structure.isLinear) ? Self.derivatives(of: pieces, at: identity) : nil
    constantDirections = constantDerivatives.map { Self.directions($0, terms) }
  }

  /// The parameters of one term.
  package func parameters(ofTerm term: Int) -> Range<Int> { terms[term].parameters }

  /// The factors of all terms, one after the other.
  package func factors(_ theta: [Double]) -> [Double] {
    var factors = [Double].zeros(factorCount)
    write(theta, to: &factors)
    return factors
  }

  /// Overwrites `factors` with the factors of all terms, one after the other.
  package func write(_ theta: [Double], to factors: inout [Double]) {
    for place in factors.indices { factors[place] = 0 }
    // What is linear in its parameters is the combination of its derivatives.
    if let constantDirections { return constantDirections.add(theta, to: &factors) }
    for term in terms {
      for piece in term.pieces {
        let lambda = piece.structure.termFactor(theta[piece.parameters], dimension: piece.dimension)
        for j in 0..<piece.dimension {
          let column = term.factorStart + (piece.offset + j) * term.dimension + piece.offset
          for i in j..<piece.dimension { factors[column + i] = lambda[i, j] }
        }
      }
    }
  }

  /// The factor of one term, k × k.
  package func factor(_ theta: [Double], term: Int) -> Matrix {
    let k = terms[term].dimension
    let start = terms[term].factorStart
    return Matrix(
      rowCount: k, columnCount: k, values: Array(factors(theta)[start..<start + k * k]))
  }

  /// The factors of all terms, each k × k.
  package func termFactors(_ theta: [Double]) -> [Matrix] {
    let factors = factors(theta)
    return terms.map { term in
      let count = term.dimension * term.dimension
      return Matrix(
        rowCount: term.dimension, columnCount: term.dimension,
        values: Array(factors[term.factorStart..<term.factorStart + count]))
    }
  }

  /// The derivatives of the factors, one per parameter.
  package func derivatives(at theta: [Double]) -> [Derivative] {
    constantDerivatives ?? Self.derivatives(of: pieces, at: theta)
  }

  private static func derivatives(of pieces: [PieceView], at theta: [Double]) -> [Derivative] {
    pieces.flatMap { piece in
      piece.structure.derivatives(at: theta[piece.parameters], dimension: piece.rows.count).map {
        Derivative(term: piece.term, offset: piece.rows.lowerBound, block: $0)
      }
    }
  }

  /// The derivatives of the factors, entry by entry.
  package func directions(at theta: [Double]) -> FactorDirections {
    constantDirections ?? Self.directions(derivatives(at: theta), terms)
  }

  private static func directions(_ derivatives: [Derivative], _ terms: [Term]) -> FactorDirections {
    FactorDirections(
      derivatives, parameters: terms.map(\.parameters), factorStart: terms.map(\.factorStart),
      dimensions: terms.map(\.dimension))
  }

  /// The canonical parameters of the same covariance: see ``CovarianceStructure``.
  package func canonicalParameters(_ theta: [Double], zeroBelow threshold: Double) -> [Double] {
    terms.flatMap { term in
      term.pieces.flatMap { piece in
        piece.structure.canonicalParameters(
          theta[piece.parameters], dimension: piece.dimension, zeroBelow: threshold)
      }
    }
  }

  /// One piece of a term: a structure over some of the term's effects.
  package struct PieceView: Sendable {
    package let term: Int
    package let structure: any CovarianceStructure
    /// The piece's rows within the term's factor.
    package let rows: Range<Int>
    package let parameters: Range<Int>
  }
}
