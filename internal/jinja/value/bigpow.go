package value

import (
	"math"
	"math/big"
)

// accuratePow is a ** b rounded as the C library rounds it; math.Pow may be off
// by the last bit.
func accuratePow(a, b float64) float64 {
	p := math.Pow(a, b)
	switch {
	case b == 2:
		return a * a
	case math.IsNaN(p) || p == 0 || math.IsInf(p, 0) || math.Abs(p) == 1 || b == 1 || b == 0.5:
		return p
	case math.Abs(p) < 1e-300 || math.Abs(p) > 1e300:
		return p
	}
	const prec = 160
	exponent := bigLog(bigFloat(prec, math.Abs(a)))
	f, _ := bigExp(exponent.Mul(exponent, bigFloat(prec, b))).Float64()
	return math.Copysign(f, p)
}

// ln2 is the natural logarithm of 2: 2 * atanh(1/3).
func ln2(prec uint) *big.Float {
	third := new(big.Float).SetPrec(prec).Quo(bigFloat(prec, 1), bigFloat(prec, 3))
	return twoAtanh(third)
}

func bigFloat(prec uint, f float64) *big.Float { return new(big.Float).SetPrec(prec).SetFloat64(f) }

// bigLog takes the power of two out and sums the series for what is left.
func bigLog(x *big.Float) *big.Float {
	prec := x.Prec()
	m := new(big.Float).SetPrec(prec)
	e := x.MantExp(m) // m in [0.5, 1)
	if m.Cmp(bigFloat(prec, math.Sqrt2/2)) < 0 {
		m.SetMantExp(m, 1)
		e--
	}
	one := bigFloat(prec, 1)
	num := new(big.Float).SetPrec(prec).Sub(m, one)
	den := new(big.Float).SetPrec(prec).Add(m, one)
	out := twoAtanh(num.Quo(num, den))
	whole := ln2(prec)
	return out.Add(out, whole.Mul(whole, bigFloat(prec, float64(e))))
}

// twoAtanh is 2 * (z + z^3/3 + z^5/5 + ...) for a small z.
func twoAtanh(z *big.Float) *big.Float {
	prec := z.Prec()
	sum := new(big.Float).SetPrec(prec).Set(z)
	power := new(big.Float).SetPrec(prec).Set(z)
	square := new(big.Float).SetPrec(prec).Mul(z, z)
	term := new(big.Float).SetPrec(prec)
	for k := 3; ; k += 2 {
		power.Mul(power, square)
		term.Quo(power, bigFloat(prec, float64(k)))
		if negligible(term, sum) {
			return sum.Add(sum, sum)
		}
		sum.Add(sum, term)
	}
}

// negligible is whether term no longer shows in sum.
func negligible(term, sum *big.Float) bool {
	return term.Sign() == 0 || term.MantExp(nil) < sum.MantExp(nil)-int(sum.Prec())-2
}

// bigExp is e ** p: the power of two split off, the rest by its series.
func bigExp(p *big.Float) *big.Float {
	prec := p.Prec()
	whole := ln2(prec)
	n, _ := new(big.Float).Quo(p, whole).Int64()
	rest := new(big.Float).SetPrec(prec).Sub(p, whole.Mul(whole, bigFloat(prec, float64(n))))
	sum, term := bigFloat(prec, 1), bigFloat(prec, 1)
	for k := 1; ; k++ {
		term.Mul(term, rest)
		term.Quo(term, bigFloat(prec, float64(k)))
		if negligible(term, sum) {
			return sum.SetMantExp(sum, int(n))
		}
		sum.Add(sum, term)
	}
}
